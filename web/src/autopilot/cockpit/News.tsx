/** What the system and people did since yesterday, in words. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import type { Cockpit } from "../types";
import { actorName } from "../room/Refusal";
import { useFigures, type Metric } from "../words";

const MOST = 12;

function Line({ one }: { one: Cockpit["news"][number] }) {
  const { t } = useTranslation("autopilot");
  const names = one.names ?? {};
  const figures = useFigures((names["metric"] as Metric | undefined) ?? null);
  // keys: news.*, outcome.*, newsTold.*
  const told = { ...figures(one), who: actorName(names["actor"] ?? ""), outcome: names["outcome"] ? t(`outcome.${names["outcome"]}`) : "" };
  if (one.code === "told") return t(`newsTold.${names["verb"]}`, told);
  if (one.code === "limit") return t(names["level"] === "reached" ? "news.limitReached" : "news.limitNear", told);
  return t(`news.${one.code}`, told);
}

export function News({ news }: { news: Cockpit["news"] }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  return (
    <Section title={t("news.title")}>
      {news.length === 0 ? (
        <p className="needs-none">{t("news.none")}</p>
      ) : (
        <ol className="news">
          {news.slice(0, MOST).map((one, index) => (
            <li key={`${one.at} ${one.code} ${one.campaign_id} ${index}`}>
              <time dateTime={one.at} title={f.moment(one.at)}>
                {f.when(one.at, now())}
              </time>
              <span>
                {one.campaign_id ? <Link to={`/campaigns/${one.campaign_id}`}>{one.names?.["campaign"]}</Link> : null} <Line one={one} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
