export { defineSchedule, nextDue, type ScheduleDefinition, type Tick, type Timing } from './definition.ts';
export { createSchedules, type ScheduleState, type Schedules, type SchedulesOptions } from './schedules.ts';
export { scheduleBackup, scheduleRetention } from './tables.ts';
