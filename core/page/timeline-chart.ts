import { BarChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { countOf } from '../messages/numbers.ts';
import { colourOf } from './cause-colour.ts';
import { normaliseSvg } from './normalise-svg.ts';
import type { TimelineData } from './timeline-data.ts';

use([BarChart, GridComponent, MarkLineComponent, SVGRenderer]);

export type ChartMark = { readonly row: number; readonly label: string };

export type ChartSize = { readonly width: number; readonly height: number };

/** Stand for classes of the stylesheet: the page decides what they look like, in light and in dark. */
const INK = '#000001';
const LINE = '#000002';
const PAPER = '#000003';
const MARK = '#000004';
const FIRST_CAUSE = 0x11;
const CAUSES = 8;
const FONT_SIZE = 12;

/** The bars of a timeline as an SVG element with classes for colours. `name` says what it shows. */
export function timelineChart(
  data: TimelineData,
  marks: readonly ChartMark[],
  {
    labels,
    name,
    size,
    className,
  }: {
    readonly labels: readonly string[];
    readonly name: string;
    readonly size: ChartSize;
    readonly className: string;
  },
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption(optionOf(data, marks, labels));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return normaliseSvg(svg, {
    paints: paints(),
    titleOf: (series, place) => titleOf(data, labels, series, place),
    root: `class="${className}" role="img" aria-label="${name}"`,
  });
}

function optionOf(data: TimelineData, marks: readonly ChartMark[], labels: readonly string[]) {
  return {
    animation: false,
    grid: { left: 2, right: 2, top: marks.length > 0 ? 22 : 8, bottom: 2, outerBoundsMode: 'same' },
    xAxis: {
      type: 'category',
      data: labels,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: INK, fontSize: FONT_SIZE, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      splitLine: { lineStyle: { color: LINE } },
      axisLabel: { color: INK, fontSize: FONT_SIZE },
    },
    series: data.series.map(({ index }, column) => ({
      type: 'bar',
      stack: 'failures',
      barMaxWidth: 72,
      barCategoryGap: data.rows.length > 40 ? '12%' : '24%',
      data: data.rows.map(({ failures }) => failures[column] || null),
      itemStyle: { color: causePaint(index), borderColor: PAPER, borderWidth: 1 },
      ...(column === 0 ? { markLine: markLineOf(marks) } : {}),
    })),
  };
}

function markLineOf(marks: readonly ChartMark[]) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: MARK, type: 'dashed' },
    label: { color: INK, fontSize: FONT_SIZE, textBorderWidth: 0 },
    data: marks.map(({ row, label }) => ({ xAxis: row, label: { formatter: label } })),
  };
}

function titleOf(data: TimelineData, labels: readonly string[], series: number, place: number) {
  const failures = data.rows[place]?.failures[series] ?? 0;
  const cause = data.series[series];
  if (failures === 0 || cause === undefined) return null;
  return `${labels[place]}: ${countOf(failures, 'failure')}, ${cause.name}`;
}

function causePaint(index: number): string {
  return `#${(FIRST_CAUSE + index).toString(16).padStart(6, '0')}`;
}

function paints(): Record<string, string> {
  const causes = Array.from({ length: CAUSES }, (_, index) => [causePaint(index), colourOf(index)]);
  return {
    [INK]: 'ink',
    [LINE]: 'line',
    [PAPER]: 'paper',
    [MARK]: 'mark',
    ...Object.fromEntries(causes),
  };
}
