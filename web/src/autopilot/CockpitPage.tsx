/** Home: all campaigns at a glance, today's figures, what needs a person, what would help most, what happened. */
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer, EmptyState } from "@/ui/States";
import { CampaignCard } from "./cockpit/CampaignCard";
import { Needs } from "./cockpit/Needs";
import { News } from "./cockpit/News";
import { Today } from "./cockpit/Today";
import type { Cockpit } from "./types";
import "./cockpit/cockpit.css";

const SHOWN = 8;

function Body({ cockpit }: { cockpit: Cockpit }) {
  const { t } = useTranslation("autopilot");
  const mayWrite = useMay("campaigns:write");
  const live = cockpit.campaigns.filter((row) => row.state === "running" || row.state === "paused");
  const rest = cockpit.campaigns.filter((row) => !live.includes(row)).slice(0, Math.max(0, SHOWN - live.length));
  if (cockpit.campaigns.length === 0)
    return (
      <>
        <Today cockpit={cockpit} />
        <Section title={t("campaigns")}>
          <EmptyState title={t("cockpit.none")} action={mayWrite && <LinkButton type="primary" to="/start">{t("cockpit.start")}</LinkButton>}>
            {t("cockpit.noneText")}
          </EmptyState>
        </Section>
      </>
    );
  return (
    <>
      <Today cockpit={cockpit} />
      <div className="cockpit-columns">
        <div>
          <Section title={t("cockpit.campaigns")} extra={<LinkButton type="link" size="small" to="/campaigns">{t("cockpit.all")}</LinkButton>}>
            <ul className="campaign-cards">
              {[...live, ...rest].map((row) => (
                <CampaignCard key={row.id} row={row} />
              ))}
            </ul>
          </Section>
        </div>
        <div>
          <Needs alarms={cockpit.alarms} advice={cockpit.advice} campaigns={cockpit.campaigns} />
          <News news={cockpit.news} />
        </div>
      </div>
    </>
  );
}

export function Component() {
  const { t } = useTranslation("autopilot");
  const mayWrite = useMay("campaigns:write");
  const asked = api.useQuery("get", "/api/cockpit");
  useLive(["cockpit"], () => void refresh("/api/cockpit"));
  const help = ["numbers", "needs", "news"].map((part) => <p key={part}>{t(`help.cockpit.${part}`)}</p>); // keys: help.cockpit.*
  return (
    <Page title={t("cockpit.title")} help={help} actions={mayWrite && <LinkButton type="primary" to="/campaigns/new">{t("list.new")}</LinkButton>}>
      <Answer of={asked} rows={12}>
        {(cockpit) => <Body cockpit={cockpit} />}
      </Answer>
    </Page>
  );
}
