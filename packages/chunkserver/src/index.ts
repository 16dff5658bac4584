export {
  type Chunkserver,
  type ChunkserverConfig,
  type ChunkserverEnv,
  type ChunkserverHealth,
  startChunkserver,
} from './chunkserver.js';
export { DATA_PLANE_LIMITS, type DataPlaneLimits } from './data-plane/limits.js';
