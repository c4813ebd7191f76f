/** The campaigns a customer is in: what was decided for them, why, and how probable it was. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useActionName } from "@/autopilot/words";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";

const FEW = 10;

export function Decisions({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const { now } = useCompany();
  const name = useActionName();
  const { t: words } = useTranslation("autopilot");
  const asked = api.useQuery("get", "/api/decisions", { params: { query: { customer_id: id, limit: FEW } } }, { staleTime: 30_000 });
  // keys: autopilot reason.*
  return (
    <Section title={t("decision.title")}>
      <Answer of={asked} rows={3}>
        {(decisions) =>
          decisions.length === 0 ? (
            <p className="soft">{t("decision.none")}</p>
          ) : (
            <ul className="customer-decisions">
              {decisions.map((one) => (
                <li key={`${one.campaign_id} ${one.round}`}>
                  <span>
                    <Link to={`/campaigns/${one.campaign_id}`}>{one.campaign || t("decision.campaign", { id: one.campaign_id })}</Link>
                    <span className="soft">{t("decision.round", { round: one.round, when: formats.when(one.at, now()) })}</span>
                  </span>
                  <strong>{name(one.chosen)}</strong>
                  <span className="soft">
                    {t("decision.why", { reason: words(`reason.${one.reason}`), share: formats.percent(one.chosen.probability) })}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
  );
}
