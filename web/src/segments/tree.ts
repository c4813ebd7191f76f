/** A segment while it is being built: the server's tree, with every "not" as a mark on what it denies. */

export type TraitOp = "=" | "!=" | ">" | ">=" | "<" | "<=" | "contains" | "in" | "exists" | "missing";
export type CountOp = ">=" | "=" | "<=" | ">" | "<" | "!=";
export type Scalar = string | number | boolean;
/** The JSON form that the server reads (docs/reference/segments.md). */
export type Tree = Record<string, unknown>;

interface Part {
  id: number;
  isNot: boolean;
}

export interface TraitDraft extends Part {
  kind: "trait";
  trait: string;
  op: TraitOp;
  value: Scalar | Scalar[] | null;
}

export interface EventDraft extends Part {
  kind: "event";
  event: string;
  op: CountOp;
  count: number;
  days: number | null;
}

export interface ConsentDraft extends Part {
  kind: "consent";
  channel: string;
  purpose: string;
  state: "granted" | "denied";
}

export interface GroupDraft extends Part {
  kind: "group";
  match: "all" | "any";
  items: Draft[];
}

export type LeafDraft = TraitDraft | EventDraft | ConsentDraft;
export type Draft = LeafDraft | GroupDraft;

let last = 0;
const next = () => ++last;

export const newTrait = (trait = ""): TraitDraft => ({ id: next(), kind: "trait", isNot: false, trait, op: "=", value: null });
export const newEvent = (event = ""): EventDraft => ({ id: next(), kind: "event", isNot: false, event, op: ">=", count: 1, days: 90 });
export const newConsent = (channel = "email"): ConsentDraft => ({ id: next(), kind: "consent", isNot: false, channel, purpose: "marketing", state: "granted" });
export const newGroup = (items: Draft[] = [], match: "all" | "any" = "all"): GroupDraft => ({ id: next(), kind: "group", isNot: false, match, items });

/** The draft of a tree: always a group at the top, so that something can be added beside it. */
export function draftOf(tree: Tree | undefined): GroupDraft {
  const found = tree === undefined ? undefined : read(tree);
  if (found === undefined) return newGroup();
  return found.kind === "group" ? found : newGroup([found]);
}

function read(tree: Tree): Draft | undefined {
  if ("not" in tree) {
    const inner = read(tree["not"] as Tree);
    return inner && { ...inner, isNot: !inner.isNot };
  }
  for (const match of ["all", "any"] as const)
    if (match in tree) return newGroup((tree[match] as Tree[]).map(read).filter((item) => item !== undefined), match);
  if ("trait" in tree) return { ...newTrait(tree["trait"] as string), op: (tree["op"] as TraitOp | undefined) ?? "=", value: (tree["value"] as Scalar | Scalar[] | undefined) ?? null };
  if ("performed" in tree)
    return {
      ...newEvent(tree["performed"] as string),
      op: (tree["op"] as CountOp | undefined) ?? ">=",
      count: (tree["count"] as number | undefined) ?? 1,
      days: (tree["within_days"] as number | null | undefined) ?? null,
    };
  if ("consent" in tree)
    return {
      ...newConsent(tree["consent"] as string),
      purpose: (tree["purpose"] as string | undefined) ?? "marketing",
      state: (tree["state"] as "granted" | "denied" | undefined) ?? "granted",
    };
  return undefined; // everyone: a group without conditions says the same
}

/** May the condition be asked as it is? */
export function isWhole(draft: Draft): boolean {
  switch (draft.kind) {
    case "group":
      return draft.items.every(isWhole);
    case "trait":
      return draft.trait.trim() !== "" && hasValue(draft);
    case "event":
      return draft.event.trim() !== "" && Number.isInteger(draft.count) && draft.count >= 0;
    case "consent":
      return draft.channel.trim() !== "" && draft.purpose.trim() !== "";
  }
}

function hasValue({ op, value }: TraitDraft): boolean {
  if (op === "exists" || op === "missing") return true;
  if (op === "in") return Array.isArray(value) && value.length > 0;
  return value !== null && value !== "" && !Array.isArray(value);
}

/** The tree of a draft; an empty group at the top is everyone. */
export function treeOf(draft: GroupDraft): Tree {
  if (draft.items.length === 0) return { everyone: true };
  const [only] = draft.items;
  return draft.items.length === 1 && only && !draft.isNot ? write(only) : write(draft);
}

function write(draft: Draft): Tree {
  const plain = writePlain(draft);
  return draft.isNot ? { not: plain } : plain;
}

function writePlain(draft: Draft): Tree {
  switch (draft.kind) {
    case "group":
      return { [draft.match]: draft.items.map(write) };
    case "trait":
      return draft.op === "exists" || draft.op === "missing" ? { trait: draft.trait, op: draft.op } : { trait: draft.trait, op: draft.op, value: draft.value };
    case "event":
      return { performed: draft.event, op: draft.op, count: draft.count, within_days: draft.days };
    case "consent":
      return { consent: draft.channel, purpose: draft.purpose, state: draft.state };
  }
}

export function countConditions(draft: Draft): number {
  return draft.kind === "group" ? draft.items.reduce((sum, item) => sum + countConditions(item), 0) : 1;
}
