import type { Metric } from './metric.js';

/** A Markdown table of metrics. */
export function metricsTable(metrics: readonly Metric<never>[]): string {
  const rows = metrics.map(({ name, type, labels = [], help }) => {
    const words = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${words} | ${help.replaceAll('|', '\\|')} |`;
  });
  return ['| metric | type | labels | what |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
