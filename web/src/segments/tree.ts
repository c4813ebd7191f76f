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

/** A comparison of a property of an event. */
export interface WhereDraft {
  id: number;
  property: string;
  op: TraitOp;
  value: Scalar | Scalar[] | null;
}

/** When: one way of saying it at a time. */
export interface WindowDraft {
  mode: "days" | "between" | "dates" | "ever";
  days: number | null;
  older: number | null;
  since: string | null;
  until: string | null;
}

export type How = "did" | "never" | "sum" | "min" | "max" | "first" | "last" | "followed";

export interface EventDraft extends Part {
  kind: "event";
  how: How;
  event: string;
  op: CountOp;
  count: number;
  property: string;
  amount: number | null;
  later: string;
  hours: number | null;
  window: WindowDraft;
  match: "all" | "any";
  where: WhereDraft[];
}

export interface TagDraft extends Part {
  kind: "tag";
  tag: string;
  op: CountOp;
  weight: number;
}

export type Did = "decided" | "held_out" | "sent" | "opened" | "clicked" | "responded";

export interface CampaignDraft extends Part {
  kind: "campaign";
  campaign: number | null;
  did: Did;
  channel: string | null;
  variant: number | null;
  offer: number | null;
  window: WindowDraft;
}

/** Those of another segment, or of a snapshot. */
export interface OtherDraft extends Part {
  kind: "segment" | "snapshot";
  of: number | null;
}

/** A condition that has no line to fill in: kept as it is, changed as text. */
export interface RawDraft extends Part {
  kind: "raw";
  tree: Tree;
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

export type LeafDraft = TraitDraft | EventDraft | ConsentDraft | TagDraft | CampaignDraft | OtherDraft | RawDraft;
export type Draft = LeafDraft | GroupDraft;

let last = 0;
const next = () => ++last;

export const newTrait = (trait = ""): TraitDraft => ({ id: next(), kind: "trait", isNot: false, trait, op: "=", value: null });
const EVER: WindowDraft = { mode: "ever", days: null, older: null, since: null, until: null };
const part = () => ({ id: next(), isNot: false });
export const newEvent = (event = ""): EventDraft => ({
  ...part(),
  kind: "event",
  how: "did",
  event,
  op: ">=",
  count: 1,
  property: "value",
  amount: null,
  later: "",
  hours: null,
  window: { ...EVER, mode: "days", days: 90 },
  match: "all",
  where: [],
});
export const newWhere = (property = ""): WhereDraft => ({ id: next(), property, op: "=", value: null });
export const newTag = (tag = ""): TagDraft => ({ ...part(), kind: "tag", tag, op: ">", weight: 0 });
export const newCampaign = (): CampaignDraft => ({ ...part(), kind: "campaign", campaign: null, did: "sent", channel: null, variant: null, offer: null, window: EVER });
export const newOther = (kind: "segment" | "snapshot", of: number | null = null): OtherDraft => ({ ...part(), kind, of });
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
  if ("performed" in tree || "measured" in tree || "first" in tree || "last" in tree || "sequence" in tree) return readEvent(tree) ?? { ...part(), kind: "raw", tree };
  if ("tag" in tree) return { ...newTag(tree["tag"] as string), op: (tree["op"] as CountOp | undefined) ?? ">", weight: (tree["weight"] as number | undefined) ?? 0 };
  if ("campaign" in tree) return readCampaign(tree) ?? { ...part(), kind: "raw", tree };
  for (const kind of ["segment", "snapshot"] as const) if (kind in tree) return newOther(kind, tree[kind] as number);
  if ("consent" in tree)
    return {
      ...newConsent(tree["consent"] as string),
      purpose: (tree["purpose"] as string | undefined) ?? "marketing",
      state: (tree["state"] as "granted" | "denied" | undefined) ?? "granted",
    };
  return undefined; // everyone: a group without conditions says the same
}

function readEvent(tree: Tree): EventDraft | undefined {
  const window = readWindow(tree);
  const filter = readWhere(tree["where"] as Tree | undefined);
  if (!window || !filter) return undefined;
  const draft = { ...newEvent(), window, ...filter };
  const op = (tree["op"] as CountOp | undefined) ?? ">=";
  if ("performed" in tree) {
    const count = (tree["count"] as number | undefined) ?? 1;
    const isNever = count === 0 && (op === "=" || op === "<=");
    return { ...draft, how: isNever ? "never" : "did", event: tree["performed"] as string, op, count };
  }
  if ("measured" in tree)
    return {
      ...draft,
      how: (tree["measure"] as "sum" | "min" | "max" | undefined) ?? "sum",
      event: tree["measured"] as string,
      property: (tree["property"] as string | undefined) ?? "value",
      op,
      amount: tree["amount"] as number,
    };
  if ("sequence" in tree) {
    const [first, then] = tree["sequence"] as [Tree, Tree];
    if (first["where"] !== undefined || then["where"] !== undefined) return undefined;
    return { ...draft, how: "followed", event: first["event"] as string, later: then["event"] as string, hours: (tree["within_hours"] as number | null | undefined) ?? null };
  }
  const how = "first" in tree ? "first" : "last";
  return { ...draft, how, event: tree[how] as string };
}

function readWindow(tree: Tree): WindowDraft | undefined {
  const days = (tree["within_days"] as number | null | undefined) ?? null;
  const between = tree["between_days"] as [number, number | null] | undefined;
  const since = (tree["since"] as string | undefined) ?? null;
  const until = (tree["until"] as string | undefined) ?? null;
  const hasDates = since !== null || until !== null;
  if (hasDates) return days !== null || between !== undefined ? undefined : { ...EVER, mode: "dates", since, until };
  if (between !== undefined) return { ...EVER, mode: "between", older: between[0], days: between[1] };
  return days === null ? EVER : { ...EVER, mode: "days", days };
}

function readWhere(tree: Tree | undefined): Pick<EventDraft, "match" | "where"> | undefined {
  if (tree === undefined) return { match: "all", where: [] };
  const match = "any" in tree ? "any" : "all";
  const items = "property" in tree ? [tree] : (tree[match] as Tree[] | undefined);
  if (!items || items.length === 0 || items.some((item) => !("property" in item))) return undefined;
  return { match, where: items.map((item) => ({ ...newWhere(item["property"] as string), op: (item["op"] as TraitOp | undefined) ?? "=", value: (item["value"] as Scalar | Scalar[] | undefined) ?? null })) };
}

function readCampaign(tree: Tree): CampaignDraft | undefined {
  const window = readWindow(tree);
  if (!window) return undefined;
  const number = (key: string) => (tree[key] as number | null | undefined) ?? null;
  return {
    ...newCampaign(),
    campaign: number("campaign"),
    did: (tree["did"] as Did | undefined) ?? "sent",
    channel: (tree["channel"] as string | undefined) ?? null,
    variant: number("variant"),
    offer: number("offer"),
    window,
  };
}

/** May the condition be asked as it is? */
export function isWhole(draft: Draft): boolean {
  switch (draft.kind) {
    case "group":
      return draft.items.every(isWhole);
    case "trait":
      return draft.trait.trim() !== "" && hasValue(draft);
    case "event":
      return isWholeEvent(draft);
    case "tag":
      return draft.tag.trim() !== "" && Number.isFinite(draft.weight);
    case "campaign":
      return isWholeWindow(draft.window);
    case "segment":
    case "snapshot":
      return draft.of !== null;
    case "raw":
      return true;
    case "consent":
      return draft.channel.trim() !== "" && draft.purpose.trim() !== "";
  }
}

function isWholeEvent(draft: EventDraft): boolean {
  if (draft.event.trim() === "" || !isWholeWindow(draft.window) || !draft.where.every((one) => one.property.trim() !== "" && hasValue(one))) return false;
  switch (draft.how) {
    case "did":
      return Number.isInteger(draft.count) && draft.count >= 0;
    case "sum":
    case "min":
    case "max":
      return draft.property.trim() !== "" && draft.amount !== null;
    case "followed":
      return draft.later.trim() !== "";
    default:
      return true;
  }
}

function isWholeWindow({ mode, days, older, since, until }: WindowDraft): boolean {
  if (mode === "days") return days !== null;
  if (mode === "between") return older !== null && (days === null || days > older);
  if (mode === "dates") return (since !== null || until !== null) && (since === null || until === null || since < until);
  return true;
}

function hasValue({ op, value }: Pick<TraitDraft, "op" | "value">): boolean {
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
      return { ...writeEvent(draft), ...writeWindow(draft.window), ...writeWhere(draft) };
    case "tag":
      return { tag: draft.tag, op: draft.op, weight: draft.weight };
    case "campaign":
      return writeCampaign(draft);
    case "segment":
    case "snapshot":
      return { [draft.kind]: draft.of };
    case "raw":
      return draft.tree;
    case "consent":
      return { consent: draft.channel, purpose: draft.purpose, state: draft.state };
  }
}

function writeEvent(draft: EventDraft): Tree {
  switch (draft.how) {
    case "did":
      return { performed: draft.event, op: draft.op, count: draft.count };
    case "never":
      return { performed: draft.event, op: "=", count: 0 };
    case "sum":
    case "min":
    case "max":
      return { measured: draft.event, measure: draft.how, property: draft.property, op: draft.op, amount: draft.amount };
    case "followed":
      return { sequence: [{ event: draft.event }, { event: draft.later }], within_hours: draft.hours };
    default:
      return { [draft.how]: draft.event };
  }
}

function writeWindow({ mode, days, older, since, until }: WindowDraft): Tree {
  if (mode === "between") return { between_days: [older, days] };
  if (mode === "dates") return { ...(since === null ? {} : { since }), ...(until === null ? {} : { until }) };
  return { within_days: mode === "days" ? days : null };
}

function writeWhere({ how, match, where }: EventDraft): Tree {
  if (how === "followed" || where.length === 0) return {};
  const items = where.map(({ property, op, value }) => (op === "exists" || op === "missing" ? { property, op } : { property, op, value }));
  return { where: items.length === 1 ? items[0] : { [match]: items } };
}

function writeCampaign(draft: CampaignDraft): Tree {
  const details = draft.did === "sent" ? { channel: draft.channel, variant: draft.variant, offer: draft.offer } : {};
  return { campaign: draft.campaign, did: draft.did, ...Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null)), ...writeWindow(draft.window) };
}

export function countConditions(draft: Draft): number {
  return draft.kind === "group" ? draft.items.reduce((sum, item) => sum + countConditions(item), 0) : 1;
}
