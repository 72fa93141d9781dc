export { type ConfigInput, type LoadedConfig, loadConfig, settingsOf } from './load.ts';
export { type PrintedSetting, printConfig, printedSettings } from './print.ts';
export { type Config, coreSettings, environmentName, listSettings, type Setting } from './schema.ts';
