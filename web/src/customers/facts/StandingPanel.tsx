/** What a customer is worth and how likely they are to leave, in plain words; and where there is not enough data. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { customersWith, useGroupName } from "@/insights/names";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import "./facts.css";

type Standing = components["schemas"]["StandingOut"];

export function StandingPanel({ id }: { id: number }) {
  const { t } = useTranslation("facts");
  const asked = api.useQuery("get", "/api/customers/{customer_id}/standing", { params: { path: { customer_id: id } } }, { staleTime: 60_000 });
  return (
    <Section title={t("standing.title")}>
      <Answer of={asked} rows={4}>
        {(standing) => (
          <>
            <Value standing={standing} />
            <Money id={id} standing={standing} />
          </>
        )}
      </Answer>
    </Section>
  );
}

function Value({ standing }: { standing: Standing }) {
  const { t } = useTranslation("facts");
  const { t: words } = useTranslation("insights");
  const formats = useFormats();
  const group = useGroupName();
  // keys: insights:cell.*, standing.risk.*
  return (
    <dl className="facts-list">
      <div>
        <dt>{t("standing.cell")}</dt>
        <dd>
          {standing.cell ? (
            <>
              <Link to={customersWith(`rfm:${standing.cell}`)}>{words(`cell.${standing.cell}`)}</Link>
              <span className="soft">{words(`cellWhat.${standing.cell}`)}</span>
            </>
          ) : (
            <span className="soft">{standing.orders === 0 ? t("standing.neverBought") : t("standing.notEnough")}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("standing.riskLabel")}</dt>
        <dd>
          {standing.risk ? (
            <Figure label={t("standing.riskLabel")} explain={t("standing.riskExplained")} layout="bare" size="small" tone={standing.risk === "high" ? "stop" : standing.risk === "medium" ? "attention" : "good"}>
              {t(`standing.risk.${standing.risk}`)}
            </Figure>
          ) : (
            <span className="soft">{t("standing.notEnough")}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("standing.group")}</dt>
        <dd>{standing.group ? <Link to={customersWith(standing.group)}>{group(standing.group_words)}</Link> : <span className="soft">{t("standing.notEnough")}</span>}</dd>
      </div>
      <div>
        <dt>{t("standing.predictions")}</dt>
        <dd>
          {standing.predictions.length === 0 ? (
            <span className="soft">{t("standing.noModel")}</span>
          ) : (
            standing.predictions.map((one) => (
              <span key={one.id} lang="und">
                {one.name} <strong className="tabular">{formats.number(one.weight)}</strong>
              </span>
            ))
          )}
        </dd>
      </div>
    </dl>
  );
}

function Money({ id, standing }: { id: number; standing: Standing }) {
  const { t } = useTranslation("facts");
  const formats = useFormats();
  const mayDeliveries = useMay("delivery:read");
  const better = (share: number | null) => (share === null || share === 0 ? undefined : t("standing.more", { share }));
  return (
    <>
      <div className="facts-money">
        <Figure label={t("money.net")} explain={t("money.netExplained")} exact={formats.exact(standing.money)} note={better(standing.more_than.money)}>
          {formats.money(standing.money)}
        </Figure>
        <Figure label={t("money.orders")} explain={t("money.ordersExplained")} note={better(standing.more_than.orders)}>
          {formats.number(standing.orders)}
        </Figure>
        <Figure label={t("money.last")} explain={t("money.lastExplained")} note={better(standing.more_than.recency)}>
          {standing.last_order_days === null ? "–" : t("money.days", { days: formats.number(Math.round(standing.last_order_days)) })}
        </Figure>
        <Figure label={t("money.returns")} explain={t("money.returnsExplained")} note={standing.returns > 0 ? formats.money(standing.returned) : undefined}>
          {formats.number(standing.returns)}
        </Figure>
      </div>
      {mayDeliveries && <Offers id={id} />}
    </>
  );
}

function Offers({ id }: { id: number }) {
  const { t } = useTranslation("facts");
  const formats = useFormats();
  const asked = api.useQuery("get", "/api/deliveries", { params: { query: { customer_id: id, sort: "newest", limit: 100 } } });
  const offers = (asked.data?.items ?? []).filter((one) => one.offer_name && one.offer_state !== "none");
  if (offers.length === 0) return <p className="soft">{t("money.noOffers")}</p>;
  // keys: money.offer.*
  return (
    <ul className="facts-offers">
      {offers.map((one) => (
        <li key={one.id}>
          <span lang="und">{one.offer_name}</span>
          <span className="soft">{formats.date(one.handed_at ?? one.due_at)}</span>
          <strong data-state={one.offer_state}>{t(`money.offer.${one.offer_state}`)}</strong>
        </li>
      ))}
    </ul>
  );
}
