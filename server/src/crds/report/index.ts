export { reportAll, reportSchedule } from './report.schedule.ts';
export { latestReport, listReports, type Report, type ReportLine } from './report.store.ts';
