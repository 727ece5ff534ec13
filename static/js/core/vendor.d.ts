// The part of uPlot that we use; the library itself comes from package.json through the build hook.
export interface Series {
  label?: string;
  stroke?: string;
  width?: number;
  dash?: number[];
  value?: (plot: uPlot, raw: number | null) => string;
  points?: { show: boolean };
}
export interface Options {
  width: number;
  height: number;
  title?: string;
  series: Series[];
  axes?: object[];
  scales?: object;
  cursor?: object;
  legend?: object;
  padding?: (number | null)[];
  hooks?: Record<string, ((plot: uPlot) => void)[]>;
}
export declare class uPlot {
  constructor(options: Options, data: ((number | null)[] | Float64Array)[], target: HTMLElement);
  over: HTMLElement;
  ctx: CanvasRenderingContext2D;
  bbox: { left: number; top: number; width: number; height: number };
  setSize(size: { width: number; height: number }): void;
  valToPos(value: number, scale: string, canvas?: boolean): number;
  posToVal(position: number, scale: string): number;
  destroy(): void;
}
