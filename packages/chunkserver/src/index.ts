export {
  type Chunkserver,
  type ChunkserverConfig,
  type ChunkserverEnv,
  type ChunkserverHealth,
  startChunkserver,
} from './chunkserver.js';
