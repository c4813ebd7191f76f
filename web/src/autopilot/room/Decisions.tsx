/** People: a sample of decisions with their reasons, by kind and round; each leads to the customer. */
import { Button, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { useActionName, useAmounts, type Metric, type RoundView } from "../words";

type View = components["schemas"]["DecisionView"];
type Kind = "all" | "sent" | "none" | "held_out" | "ghost" | "limit_full";
const KINDS: Kind[] = ["sent", "none", "held_out", "ghost", "limit_full"];
const FEW = 6;
const DAYS = new Set(["recency", "tenure"]);

export function Decisions({ campaign, rounds, metric }: { campaign: number; rounds: readonly RoundView[]; metric: Metric }) {
  const { t } = useTranslation("autopilot");
  const decided = rounds.filter((round) => round.decided > 0).map((round) => round.number);
  const [chosen, setRound] = useState<number>();
  const [kind, setKind] = useState<Kind>("sent");
  const [after, setAfter] = useState(0);
  const round = chosen ?? decided.at(-1) ?? 0;
  const query = { round, kind, after, limit: FEW };
  const asked = api.useQuery("get", "/api/campaigns/{campaign_id}/decisions", { params: { path: { campaign_id: campaign }, query } }, { enabled: round > 0, staleTime: 600_000, placeholderData: (old) => old });
  if (round === 0) return null;
  const start = <Value,>(set: (value: Value) => void) => (value: Value) => {
    setAfter(0);
    set(value);
  };
  return (
    <Section
      title={t("decisions.title")}
      extra={decided.length > 1 && <Select size="small" aria-label={t("decisions.round")} value={round} onChange={start<number | undefined>(setRound)} options={decided.map((number) => ({ value: number, label: t("rounds.name", { number }) }))} />}
    >
      <Segmented size="small" className="decisions-kinds" aria-label={t("decisions.kind")} value={kind} onChange={start(setKind)} options={KINDS.map((value) => ({ value, label: t(`decisions.kinds.${value}`) }))} />
      {/* keys: decisions.kinds.*, decisions.kindsEmpty.* */}
      <Answer of={asked} rows={6}>
        {(page) =>
          page.items.length === 0 ? (
            <p className="soft">{t(`decisions.kindsEmpty.${kind}`)}</p>
          ) : (
            <>
              <ul className="decisions">
                {page.items.map((view) => (
                  <Decision key={`${view.round} ${view.customer_id}`} view={view} metric={metric} />
                ))}
              </ul>
              <div className="decisions-foot">
                {after > 0 && (
                  <Button size="small" onClick={() => setAfter(0)}>
                    {t("decisions.first")}
                  </Button>
                )}
                {page.next !== null && (
                  <Button size="small" onClick={() => setAfter(page.next ?? 0)}>
                    {t("decisions.others")}
                  </Button>
                )}
              </div>
            </>
          )
        }
      </Answer>
    </Section>
  );
}

/** One decision: who, what, why, what else could have been, what was known. */
export function Decision({ view, metric }: { view: View; metric: Metric }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const name = useActionName();
  const amounts = useAmounts(metric);
  const others = view.options.filter((option) => option.key !== view.chosen.key).slice(0, 3);
  const known = view.known.slice(0, 4).map((one) => {
    const [trait, value] = one.name.startsWith("trait:") ? one.name.slice("trait:".length).split("=") : [];
    if (trait !== undefined && value !== undefined) return one.value ? `${trait}: ${value}` : t("known.not", { what: `${trait}: ${value}` });
    if (trait !== undefined) return `${trait} ${f.number(one.value ?? 0)}`;
    const label = t(`known.${one.name}`, { defaultValue: one.name });
    if (one.value === null || one.value === undefined) return label;
    return `${label} ${DAYS.has(one.name) ? t("days", { count: Math.round(one.value), n: f.number(Math.round(one.value)) }) : one.name === "monetary" ? f.money(one.value) : f.number(Math.round(one.value * 10) / 10)}`;
  });
  // keys: known.*, reason.*
  return (
    <li className="decision">
      <div className="decision-head">
        <Link className="decision-who" to={`/customers/${view.customer_id}`}>{view.customer || t("decisions.customer", { id: view.customer_id })}</Link>
        <span className="decision-chosen">{name(view.chosen)}</span>
        <span className="decision-reason">{t(`reason.${view.reason}`)}</span>
      </div>
      <p className="decision-words">
        {view.chosen.key !== "none" && `${t("decisions.expected", { gain: amounts.say(view.expected_effect * 1000), sd: amounts.say(view.effect_sd * 1000), money: f.money(view.expected_cost) })} `}
        {t("decisions.probability", { share: f.percent(view.chosen.probability, 1) })}
        {others.length > 0 && ` ${t("decisions.else", { options: others.map((option) => `${name(option)} ${f.percent(option.probability, 1)}`).join("; ") })}`}
      </p>
      {known.length > 0 && <p className="decision-words">{t("decisions.known", { facts: known.join(" · ") })}</p>}
    </li>
  );
}
