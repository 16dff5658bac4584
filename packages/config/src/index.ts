export { formatByteSize, parseByteSize } from './byte-size.js';
export { CONFIG_FILE_BYTES_MAX, type FileValue, parseConfigFile } from './config-file.js';
export {
  type Configuration,
  configurationFailure,
  type Given,
  type Program,
  readConfiguration,
  resolveSettings,
} from './configuration.js';
export { showEffective } from './effective.js';
export { commentedFile, exampleFile } from './example-file.js';
export { address, byteSize, choice, directory, isTable, wholeNumber } from './kinds.js';
export { nearest } from './nearest.js';
export { settingsTable } from './reference.js';
export type { Kind, Place, Setting, Settings, Values } from './setting.js';
