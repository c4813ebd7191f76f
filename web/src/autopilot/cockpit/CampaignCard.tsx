/** One campaign in the cockpit: goal, money and where it stands, in one row. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { LimitBar } from "@/ui/LimitBar";
import { LinkButton } from "@/ui/LinkButton";
import { isProven, pointsOf, useGoalWords } from "../goal";
import { Status } from "../Status";
import { useAmounts, useChance, useLimitName, useResource, type CampaignRow } from "../words";

/** A draft has nothing measured: what it is for, and the way on. */
function DraftCard({ row }: { row: CampaignRow }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const amounts = useAmounts(row.metric);
  const extra = row.incremental ? t("goal.extra", { unit: amounts.noun }) : amounts.noun;
  return (
    <li className="campaign-card campaign-card-draft" data-state="draft">
      <div className="campaign-card-head">
        <Link to={`/campaigns/${row.id}/edit`}>{row.name || t("list.unnamed")}</Link>
        <Status state={row.state} outcome={row.outcome} waitingFor={row.waiting_for} hasError={row.has_error} />
        <span className="soft">
          {row.target === null || row.deadline === null ? t("list.noGoal") : t("cockpit.aim", { target: amounts.say(row.target), unit: extra, when: f.date(row.deadline) })}
        </span>
        <LinkButton size="small" to={`/campaigns/${row.id}/edit`}>
          {t("cockpit.goOn")}
        </LinkButton>
      </div>
    </li>
  );
}

export function CampaignCard({ row }: { row: CampaignRow }) {
  return row.state === "draft" ? <DraftCard row={row} /> : <LaunchedCard row={row} />;
}

function LaunchedCard({ row }: { row: CampaignRow }) {
  const f = useFormats();
  const { t } = useTranslation("autopilot");
  const chance = useChance();
  const amounts = useAmounts(row.metric);
  const words = useGoalWords(row.metric)(row);
  const resource = useResource();
  const name = useLimitName();
  const proven = isProven(row);
  const limits = row.limits.filter((limit) => limit.scope === "campaign").slice(0, 3);
  return (
    <li className="campaign-card" data-state={row.state}>
      <div className="campaign-card-head">
        <Link to={`/campaigns/${row.id}`}>{row.name}</Link>
        <Status state={row.state} outcome={row.outcome} waitingFor={row.waiting_for} hasError={row.has_error} />
        {row.launched_at && row.state !== "ended" && (
          <span className="soft">
            {[t("lead.round", { number: row.round, of: Math.max(row.rounds_planned, row.round) }), row.deadline && t("lead.deadline", { when: f.date(row.deadline) })].filter(Boolean).join(" · ")}
          </span>
        )}
      </div>
      <div className="campaign-card-body">
        {row.target === null ? (
          <span className="soft">{t("list.noGoal")}</span>
        ) : (
          <GoalChart points={pointsOf(row.looks)} target={row.target} isProven={proven} until={Math.max(row.rounds_planned, row.round)} description={words} width={150} height={52} />
        )}
        <div className="campaign-card-numbers">
          <Figure size="normal" label={t("goal.estimate")} explain={words} tone={proven || row.estimate === null ? "plain" : "muted"} note={row.target === null ? undefined : t("goal.of", { target: amounts.say(row.target), unit: amounts.unit })}>
            {row.estimate === null ? "–" : amounts.say(row.estimate)}
          </Figure>
          {row.incremental && (
            <Figure size="normal" label={t("goal.proven")} explain={proven ? words : t("goal.provenExplain")} tone={proven ? "good" : "muted"} note={row.chance_of_goal !== null && row.state !== "ended" ? t("goal.chanceShort", { share: chance(row.chance_of_goal) }) : undefined}>
              {proven ? amounts.proven(row.proven_at_least ?? 0) : row.estimate === null ? "–" : t("goal.notProven")}
            </Figure>
          )}
        </div>
        <div className="campaign-card-limits">
          {limits.map((limit) => (
            <LimitBar key={limit.resource} name={name(limit)} committed={limit.committed} reserved={limit.reserved} limit={limit.limit} warnAt={limit.warn_at} format={(value) => resource(value, limit.resource)} />
          ))}
        </div>
      </div>
    </li>
  );
}
