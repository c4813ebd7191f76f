/** What a connection and an export have in common: something that runs by itself and leaves a history. */
import type { Listed, Run } from "../types";

export type RunState = Pick<Run, "id" | "state" | "failure" | "queued_at" | "started_at" | "finished_at">;

export interface Flow {
  id: number;
  name: string;
  plugin: string;
  health: Listed["health"];
  last_run?: RunState | null;
  next_run_at?: string | null;
}

/** A figure of a run: how many rows met this end. */
export interface Part<One> {
  key: string;
  label: string;
  explain: string;
  of: (run: One) => number;
  isBad?: boolean;
  /** Not one of those that add up to the first. */
  isBeside?: boolean;
}
