/** How a campaign's figures are said: the goal in its own unit, names of limits and actions, sentences by code. */
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";

type Schemas = components["schemas"];
export type Room = Schemas["ControlRoom"];
export type GoalView = Schemas["GoalView"];
export type LimitView = Schemas["LimitView"];
export type RoundView = Schemas["RoundView"];
export type CampaignRow = Schemas["CampaignRow"];
export type Metric = GoalView["metric"];
export type Look = Schemas["Look"];

export interface Amounts {
  /** A goal value as a person says it. */
  say: (value: number) => string;
  /** The same, never more than is proven. */
  proven: (value: number) => string;
  exact: (value: number) => string;
  /** "orders", "revenue", ... as they stand after a number. */
  unit: string;
  /** The same where no number stands before it. */
  noun: string;
}

const POINTS = 100;

/** Amounts of a goal: counts, money, or percentage points. */
export function useAmounts(metric: Metric | null): Amounts {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const unit = t(`unit.${metric ?? "conversions"}`);
  const noun = t(`noun.${metric ?? "conversions"}`);
  if (metric === "revenue") return { say: f.money, proven: (value) => f.money(Math.floor(value)), exact: (value) => f.money(value), unit, noun };
  if (metric === "conversion_rate") {
    const points = (value: number) => f.number(Math.round(value * POINTS * POINTS) / POINTS);
    return { say: points, proven: (value) => points(Math.floor(value * POINTS * POINTS) / (POINTS * POINTS)), exact: (value) => f.exact(value * POINTS), unit, noun };
  }
  const whole = (value: number) => f.number(Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value));
  return { say: whole, proven: (value) => f.number(Math.floor(value)), exact: f.exact, unit, noun };
}

/** An amount of a limit: money, messages, or hours. */
export function useResource(): (value: number, resource: LimitView["resource"]) => string {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  return (value, resource) => {
    if (resource === "money") return f.money(value);
    return resource === "time" ? t("hours", { value: f.number(value) }) : f.number(Math.round(value));
  };
}

/** "Money", "Messages by email", "Messages per customer in 7 days". */
export function useLimitName(): (limit: { scope: string; resource: string; window_days?: number | null | undefined }) => string {
  const { t } = useTranslation("autopilot");
  return ({ scope, resource, window_days: days }) => {
    const name = t(`resource.${resource}`);
    if (scope.startsWith("channel:")) return t("limit.byChannel", { name, channel: scope.slice("channel:".length) });
    if (scope === "customer") return days ? t("limit.byCustomer", { name, count: days }) : t("limit.byCustomerEver", { name });
    return name;
  };
}

/** A limit by the name of its shadow price, such as `money` or `channel:email:messages`. */
export function useBoundName(): (name: string) => string {
  const limitName = useLimitName();
  return (name) => {
    const cut = name.lastIndexOf(":");
    return cut < 0 ? limitName({ scope: "campaign", resource: name }) : limitName({ scope: name.slice(0, cut), resource: name.slice(cut + 1) });
  };
}

interface ActionNames {
  offer: string;
  variant: string;
  channel: string;
  slot: string;
}

/** "10 % off · Warm · email · 09:00"; a message without an offer begins with its variant. */
export function useActionName(): (action: ActionNames) => string {
  const { t } = useTranslation("autopilot");
  return ({ offer, variant, channel, slot }) => [offer, variant, channel, slot].filter(Boolean).join(" · ") || t("action.none");
}

/** A chance is never said to be certain. */
export function useChance(): (share: number) => string {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  return (share) => {
    if (share > 0.99) return t("chance.nearly", { share: f.percent(0.99, 0) });
    return share < 0.01 ? t("chance.hardly", { share: f.percent(0.01, 0) }) : f.percent(share, 0);
  };
}

interface Said {
  code: string;
  numbers?: Record<string, number>;
  names?: Record<string, string>;
  at?: string | null;
}

/** Figures and names of a coded sentence, formatted by what their names say. Goal values go by the metric. */
export function useFigures(metric: Metric | null): (said: Said) => Record<string, string | number> {
  const f = useFormats();
  const amounts = useAmounts(metric);
  const resource = useResource();
  const limitName = useLimitName();
  const chance = useChance();
  return ({ numbers = {}, names = {}, at }) => {
    const kind = names["resource"] as LimitView["resource"] | undefined;
    const told: Record<string, string | number> = { ...names, unit: amounts.unit };
    for (const [name, value] of Object.entries(numbers)) {
      if (["estimate", "gain", "effect", "target"].includes(name)) told[name] = amounts.say(value);
      else if (name === "proven" || name === "proven_at_least") told[name] = amounts.proven(value);
      else if (name === "chance" || name === "before") told[name] = chance(value);
      else if (name === "rate" || name === "share" || name.startsWith("share_")) told[name] = f.percent(value);
      else if (name === "money") told[name] = f.money(value);
      else if (kind && ["more", "left", "limit", "floor"].includes(name)) told[name] = resource(value, kind);
      else if (name === "limit") told[name] = f.percent(value);
      else if (name === "round") told[name] = value;
      else told[name] = f.number(Math.round(value));
    }
    if (kind) told["what"] = limitName({ scope: names["scope"] ?? "campaign", resource: kind });
    if (numbers["count"] !== undefined) told["n"] = numbers["count"];
    if (at) told["when"] = f.moment(at);
    return told;
  };
}

/** A limit that does not bind is said to be slack, not to bring nothing; a chance that stays is said to stay. */
function shadeOf({ code, numbers = {} }: Said): string {
  const percent = (name: string) => Math.round(100 * (numbers[name] ?? 0));
  if (code === "limit_effect" && !numbers["effect"]) return "limit_slack";
  return code === "new_chance" && percent("chance") === percent("before") ? "same_chance" : code;
}

/** A piece of advice in words. */
export function useAdvice(metric: Metric | null): (one: Said) => string {
  const { t } = useTranslation("autopilot");
  const figures = useFigures(metric);
  return (one) => {
    return t(`advice.${shadeOf(one)}`, figures(one)); // keys: advice.*
  };
}
