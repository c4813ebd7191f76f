/**
 * The motif: a dashed line (goal, limit) and the measured line moving towards it, with the band of what is proven.
 * One chart in all sizes, from a table's cell to a full page. What is not proven is grey.
 */
import { useId, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { usePalette } from "./scheme";
import type { Palette } from "./theme";
import "./goal-chart.css";

export interface GoalPoint {
  /** Position on the horizontal axis: round number, day, or any rising number. */
  at: number;
  estimate: number | null;
  /** The lower edge of the band: what is proven; null where nothing is proven yet. */
  proven: number | null;
  upper?: number | null;
  label?: string;
  /** Said when the point is pointed at. */
  told?: string;
}

interface Props {
  points: readonly GoalPoint[];
  target: number;
  /** Read by screen readers and shown on hover: says all that the picture says. */
  description: string;
  width?: number;
  height?: number;
  /** Axis and labels; without them it is a sparkline. */
  detailed?: boolean;
  format?: (value: number) => string;
  /** The last position that the axis shows, such as the last planned round. */
  until?: number;
  /** Stands above the dashed line, such as "Goal 150". */
  targetLabel?: string;
  /** What the standing plan expects of the next position: a dotted line. */
  ahead?: { at: number; estimate: number; told: string };
  /** Names beside the ends of the lines, and of the horizontal axis; on charts wide enough. */
  labels?: { estimate: string; proven: string; at: string };
  /** How a place of the horizontal axis is written where labels are wider than a number, and how much room one needs. */
  axis?: { format: (at: number) => string; room: number };
  /** Is anything proven? If not, line and band are grey. Left out: what the last point says. */
  isProven?: boolean;
}

const PAD = { detailed: { top: 18, right: 16, bottom: 24, left: 46 }, plain: { top: 3, right: 4, bottom: 3, left: 3 } };
const DEEPEST = 0.3;
const HIGHEST = 1.6;
/** Beyond this share of the width the line would run into the goal's label. */
const CROWDED = 0.72;
/** Pixels for a number below the horizontal axis. */
const ROOM = 46;

interface Scale {
  x: (at: number) => number;
  y: (value: number) => number;
  low: number;
  high: number;
  start: number;
  end: number;
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Round numbers that divide an axis into about `count` parts. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low || 1;
  const step = 10 ** Math.floor(Math.log10(span / count));
  const unit = [1, 2, 5, 10].map((factor) => factor * step).find((size) => span / size <= count + 0.5) ?? step * 10;
  return Array.from({ length: Math.floor(high / unit) - Math.ceil(low / unit) + 1 }, (_, index) => (Math.ceil(low / unit) + index) * unit);
}

/** The width that the parent gives, so that letters keep their size on a phone. */
function useRoom(isOn: boolean, fallback: number): [RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(fallback);
  useLayoutEffect(() => {
    const element = box.current;
    if (!isOn || !element) return undefined;
    const measure = () => setWidth(Math.max(Math.round(element.clientWidth), 200));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, [isOn]);
  return [box, width];
}

/** The line decides the height; a wide band is cut rather than flattening everything else. */
function scaleOf({ points, target, until, ahead }: Props, width: number, height: number, pad: (typeof PAD)["plain"]): Scale {
  const line = [...points.map((p) => p.estimate), ahead?.estimate ?? null].filter((v): v is number => v !== null);
  const proven = points.map((p) => p.proven).filter((v): v is number => v !== null);
  const upper = points.map((p) => p.upper ?? null).filter((v): v is number => v !== null);
  const top = Math.max(target, ...line, 1e-9);
  const high = Math.max(target * 1.12, Math.min(Math.max(...upper, top), top * HIGHEST), top * 1.05);
  const low = Math.min(0, ...line, Math.max(Math.min(0, ...proven), -high * DEEPEST));
  const start = points[0]?.at ?? 0;
  const end = Math.max(until ?? 0, points.at(-1)?.at ?? 1, ahead?.at ?? 0, start + 1);
  return {
    x: (at) => pad.left + ((at - start) / (end - start)) * (width - pad.left - pad.right),
    y: (value) => height - pad.bottom - ((value - low) / (high - low)) * (height - pad.top - pad.bottom),
    low,
    high,
    start,
    end,
  };
}

interface AxisProps {
  scale: Scale;
  points: readonly GoalPoint[];
  width: number;
  height: number;
  format: (value: number) => string;
  axis: Props["axis"];
  colours: Palette;
}

function Axis({ scale, points, width, height, format, axis, colours }: AxisProps) {
  const { left, right } = PAD.detailed;
  const step = Math.max(1, Math.ceil((scale.end - scale.start) / Math.max(2, (width - left) / (axis?.room ?? ROOM))));
  const places = Array.from({ length: Math.floor((scale.end - scale.start) / step) + 1 }, (_, index) => scale.start + index * step);
  return (
    <>
      {ticks(scale.low, scale.high, 4).map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={scale.y(tick)} y2={scale.y(tick)} stroke={colours.line} />
          <text x={left - 8} y={scale.y(tick) + 4} textAnchor="end" fill={colours.faint} className="goal-chart-tick">
            {format(tick)}
          </text>
        </g>
      ))}
      {places.filter((at) => scale.x(at) + (axis?.room ?? 0) / 2 <= width).map((at) => (
        <text key={at} x={scale.x(at)} y={height - 6} textAnchor="middle" fill={colours.faint} className="goal-chart-tick">
          {axis?.format(at) ?? points.find((p) => p.at === at)?.label ?? at}
        </text>
      ))}
    </>
  );
}

const NAME_GAP = 15;
/** Pixels to the right of the lines below which their names would lie over the goal's. */
const NAMES_ROOM = 180;

/** The lines' names to the right of where they end, kept apart where both end close together. */
function LineNames({ scale, points, names, stroke, colours }: { scale: Scale; points: readonly GoalPoint[]; names: { estimate: string; proven: string }; stroke: string; colours: Palette }) {
  const last = points.findLast((p) => p.estimate !== null);
  if (!last || points.length < 2) return null;
  const place = scale.x(last.at) + 10;
  const upper = scale.y(last.estimate ?? 0) + 14;
  const lower = last.proven === null ? null : Math.max(scale.y(last.proven) + 4, upper + NAME_GAP);
  return (
    <>
      <text x={place} y={upper} fill={stroke} className="goal-chart-name">
        {names.estimate}
      </text>
      {lower !== null && lower < scale.y(scale.low) + 1 && (
        <text x={place} y={lower} fill={colours.soft} className="goal-chart-name">
          {names.proven}
        </text>
      )}
    </>
  );
}

export function GoalChart(props: Props) {
  const { points, target, description, height = 220, detailed = false, format = String, targetLabel, ahead, labels } = props;
  const colours = usePalette();
  const clip = useId();
  const [box, room] = useRoom(detailed, props.width ?? 640);
  const width = detailed ? room : (props.width ?? 640);
  const pad = detailed ? PAD.detailed : PAD.plain;
  const scale = scaleOf(props, width, height, pad);
  const { x, y } = scale;
  const line = points.flatMap((p) => (p.estimate === null ? [] : [[x(p.at), y(p.estimate)] as const]));
  const banded = points.filter((p) => p.proven !== null && p.estimate !== null);
  const lower = banded.map((p) => [x(p.at), y(p.proven ?? 0)] as const);
  const upper = banded.map((p) => [x(p.at), y(p.upper ?? p.estimate ?? 0)] as const).reverse();
  const isProven = props.isProven ?? (banded.at(-1)?.proven ?? 0) > 0;
  const stroke = isProven ? colours.accent : colours.faint;
  const last = line.at(-1);
  const isCrowded = (last?.[0] ?? 0) > width * CROWDED;
  const picture = (
    <svg className="goal-chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={description} width={width} height={height}>
      <title>{description}</title>
      <clipPath id={clip}>
        <rect x={pad.left - 2} y={pad.top - 6} width={width - pad.left - pad.right + 8} height={height - pad.top - pad.bottom + 8} />
      </clipPath>
      {detailed && <Axis scale={scale} points={points} width={width} height={height} format={format} axis={props.axis} colours={colours} />}
      <g clipPath={`url(#${clip})`}>
        {banded.length > 1 && <path d={`${path([...lower, ...upper])}Z`} fill={isProven ? colours.band : colours.line} fillOpacity={isProven ? 1 : 0.55} />}
        {banded.length > 1 && isProven && <path d={path(lower)} fill="none" stroke={colours.accent} strokeWidth={1} strokeOpacity={0.6} />}
      </g>
      <line x1={pad.left} x2={width - pad.right} y1={y(target)} y2={y(target)} stroke={colours.ink} strokeDasharray="5 4" strokeWidth={1.25} />
      {detailed && targetLabel !== undefined && (
        <text x={isCrowded ? pad.left + 6 : width - pad.right} y={y(target) - 6} textAnchor={isCrowded ? "start" : "end"} fill={colours.ink} className="goal-chart-target">
          {targetLabel}
        </text>
      )}
      <path d={path(line)} fill="none" stroke={stroke} strokeWidth={detailed ? 2.25 : 1.75} strokeLinejoin="round" strokeLinecap="round" />
      {ahead && last && (
        <g className="goal-chart-ahead">
          <path d={path([last, [x(ahead.at), y(ahead.estimate)]])} fill="none" stroke={stroke} strokeWidth={1.75} strokeDasharray="1.5 4" strokeLinecap="round" />
          <circle cx={x(ahead.at)} cy={y(ahead.estimate)} r={3.5} fill={colours.raised} stroke={stroke} strokeWidth={1.25} strokeDasharray="2 2">
            <title>{ahead.told}</title>
          </circle>
        </g>
      )}
      {labels && last && !isCrowded && width - last[0] > NAMES_ROOM && <LineNames scale={scale} points={points} names={labels} stroke={stroke} colours={colours} />}
      {labels && (
        <text x={pad.left - 8} y={height - 6} textAnchor="end" fill={colours.faint} className="goal-chart-tick">
          {labels.at}
        </text>
      )}
      {detailed &&
        points.map((p) =>
          p.estimate === null || p.told === undefined ? null : (
            <circle key={p.at} cx={x(p.at)} cy={y(p.estimate)} r={3} fill={colours.raised} stroke={stroke} strokeWidth={1.5}>
              <title>{p.told}</title>
            </circle>
          ),
        )}
      {last && <circle cx={last[0]} cy={last[1]} r={detailed ? 4.5 : 2.5} fill={stroke} stroke={colours.raised} strokeWidth={1.5} pointerEvents="none" />}
    </svg>
  );
  return detailed ? (
    <div ref={box} className="goal-chart-box">
      {picture}
    </div>
  ) : (
    picture
  );
}
