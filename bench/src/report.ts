import type { BenchResult } from './result.js';

/** One line for a person. */
export function describeResult(result: BenchResult): string {
  const parts = [`${result.name.padEnd(44)} ${figure(result.value).padStart(10)} ${result.unit}`];
  if (result.ratioToCeiling !== undefined) parts.push(`${Math.round(result.ratioToCeiling * 100)} % of the ceiling`);
  if (result.cpuSecondsPerGiB !== undefined) parts.push(`${result.cpuSecondsPerGiB.toFixed(2)} CPU-s/GiB`);
  if (result.p50Ms !== undefined) parts.push(`p50 ${result.p50Ms.toFixed(1)} ms`);
  if (result.p99Ms !== undefined) parts.push(`p99 ${result.p99Ms.toFixed(1)} ms`);
  for (const [name, value] of Object.entries(result.details ?? {})) parts.push(`${name} ${figure(value)}`);
  return parts.join('  ');
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
