/**
 * A draft that saves itself. Words typed are kept in the browser at once and sent when one stops typing; somebody else's
 * changes to other fields are taken in, those to the same fields are put to the person. Nothing is overwritten unseen.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, fetcher } from "@/api/client";
import { keep, kept } from "./keeping";
import { asPatch, changedPaths, laidOver, touches, valueAt, type Changes, type Draft, type Spec, type Tree, type Value } from "./spec";

const PAUSE_MS = 600;
const RETRY_MS = 5_000;

export type SaveState = "saved" | "waiting" | "saving" | "offline" | "refused" | "conflict";

export interface Clash {
  actor: string;
  at: string;
  fields: { path: string; theirs: unknown; mine: Value }[];
}

export interface OwnDraft {
  draft: Draft;
  name: string;
  spec: Spec;
  state: SaveState;
  error: ApiError | undefined;
  clash: Clash | undefined;
  /** Who changed which fields meanwhile, where nothing of one's own was touched. */
  news: { actor: string; paths: string[] } | undefined;
  set: (path: string, value: Value) => void;
  setMany: (changes: readonly (readonly [string, Value])[]) => void;
  settle: (whose: "theirs" | "mine") => void;
  saveNow: () => Promise<boolean>;
}

interface Told {
  actor: string;
  at: string;
  after: unknown;
}

function toldIn(error: ApiError): Told[] {
  const changes = (error.body as { changes?: unknown }).changes;
  return Array.isArray(changes) ? (changes as Told[]) : [];
}

/** "user:3 ann@x.org" -> "ann@x.org". */
function named(actor: string): string {
  return actor.replace(/^user:\d+ /, "");
}

async function fetched(id: number): Promise<Draft> {
  const { data } = await fetcher.GET("/api/campaigns/{campaign_id}/draft", { params: { path: { campaign_id: id } } });
  if (!data) throw new ApiError(0, { code: "offline", message: "offline" });
  return data;
}

async function sent(draft: Draft, changes: Changes): Promise<Draft> {
  const { data } = await fetcher.PATCH("/api/campaigns/{campaign_id}", {
    params: { path: { campaign_id: draft.id } },
    body: { version: draft.version, ...asPatch(changes) },
  });
  if (!data) throw new ApiError(0, { code: "offline", message: "offline" });
  return data;
}

function without(changes: Changes, done: Changes): Changes {
  return new Map([...changes].filter(([path, value]) => done.get(path) !== value));
}

export function useDraft(first: Draft): OwnDraft {
  const id = first.id;
  const [draft, setDraft] = useState(first);
  const [changes, setChanges] = useState<Changes>(() => kept(id));
  const [state, setState] = useState<SaveState>(() => (kept(id).size ? "waiting" : "saved"));
  const [error, setError] = useState<ApiError>();
  const [clash, setClash] = useState<Clash>();
  const [news, setNews] = useState<OwnDraft["news"]>();
  const now = useRef({ draft, changes });
  const running = useRef<Promise<boolean> | undefined>(undefined);

  const hold = useCallback(
    (next: Changes) => {
      now.current.changes = next;
      keep(id, next);
      setChanges(next);
    },
    [id],
  );
  const take = useCallback((next: Draft) => {
    now.current.draft = next;
    setDraft(next);
  }, []);

  /** Somebody else was faster: take in what does not touch one's own words, ask about the rest. */
  const reconcile = useCallback(
    async (refusal: ApiError): Promise<boolean> => {
      const current = await fetched(id);
      const told = toldIn(refusal);
      const theirs = told.flatMap((change) => changedPaths(change.after));
      const mine = [...now.current.changes];
      const both = mine.filter(([path]) => theirs.some((other) => touches(path, other)));
      const last = told.at(-1);
      take(current);
      if (both.length && last) {
        const shown = { name: current.name, ...current.spec };
        setClash({ actor: named(last.actor), at: last.at, fields: both.map(([path, value]) => ({ path, mine: value, theirs: valueAt(shown, path) })) });
        setState("conflict");
        return false;
      }
      if (last) setNews({ actor: named(last.actor), paths: theirs });
      return true;
    },
    [id, take],
  );

  const attempt = useCallback(async (): Promise<"done" | "again" | "stopped"> => {
    const { draft: seen, changes: sending } = now.current;
    if (!sending.size) return "done";
    setState("saving");
    try {
      take(await sent(seen, sending));
      hold(without(now.current.changes, sending));
      setError(undefined);
      setState(now.current.changes.size ? "waiting" : "saved");
      return now.current.changes.size ? "again" : "done";
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (thrown.status === 409 && thrown.body.field === "version") return (await reconcile(thrown).catch(() => false)) ? "again" : "stopped";
      setError(thrown);
      setState(thrown.status === 0 || thrown.status >= 500 ? "offline" : "refused");
      return "stopped";
    }
  }, [hold, reconcile, take]);

  const saveNow = useCallback((): Promise<boolean> => {
    const work = async () => {
      let result = await attempt();
      while (result === "again") result = await attempt();
      return result === "done";
    };
    running.current ??= work().finally(() => (running.current = undefined));
    return running.current;
  }, [attempt]);

  const setMany = useCallback(
    (given: OwnDraft["setMany"] extends (changes: infer C) => void ? C : never) => {
      const next = new Map(now.current.changes);
      for (const [path, value] of given) next.set(path, value);
      hold(next);
      setState("waiting");
    },
    [hold],
  );
  const set = useCallback((path: string, value: Value) => setMany([[path, value]]), [setMany]);

  const settle = useCallback(
    (whose: "theirs" | "mine") => {
      const clashing = clash?.fields.map((field) => field.path) ?? [];
      if (whose === "theirs") hold(new Map([...now.current.changes].filter(([path]) => !clashing.includes(path))));
      setClash(undefined);
      setState(now.current.changes.size ? "waiting" : "saved");
    },
    [clash, hold],
  );

  useEffect(() => {
    if (!changes.size) return undefined; // each change starts the pause again
    if (state !== "waiting" && state !== "offline") return undefined;
    const timer = setTimeout(() => void saveNow(), state === "waiting" ? PAUSE_MS : RETRY_MS);
    const back = () => void saveNow();
    window.addEventListener("online", back);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("online", back);
    };
  }, [state, changes, saveNow]);

  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => {
      if (now.current.changes.size && state !== "offline") event.preventDefault();
    };
    window.addEventListener("beforeunload", leave);
    return () => window.removeEventListener("beforeunload", leave);
  }, [state]);

  const spec = useMemo(() => laidOver(draft.spec as Tree, changes) as unknown as Spec, [draft.spec, changes]);
  const typed = changes.get("name");
  return { draft, name: typeof typed === "string" ? typed : draft.name, spec, state, error, clash, news, set, setMany, settle, saveNow };
}
