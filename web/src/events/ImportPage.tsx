/** One import: first what its columns mean and what its rows would become, then how far it is and what came of it. */
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import { Page } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { Mapping } from "./Mapping";
import { Running } from "./Running";
import type { Import } from "./upload";
import "./events.css";

const AGAIN_MS = 1_000;
const LIVE = new Set<Import["state"]>(["queued", "running", "cancelling"]);

export function Component() {
  const { t } = useTranslation("events");
  const id = Number(useParams()["id"]);
  const asked = api.useQuery("get", "/api/imports/{job_id}", { params: { path: { job_id: id } } }, { refetchInterval: (query) => (query.state.data && LIVE.has(query.state.data.state) ? AGAIN_MS : false) });
  useLive(["imports"], () => void refresh("/api/imports"));
  const job = asked.data;
  const lead = job && t(`import.lead.${job.state === "created" ? "created" : "begun"}`, { target: t(`target.${job.target}`) });
  return (
    <Page title={job?.name ?? t("import.title")} lead={lead} help={<><p>{t("import.help.mapping")}</p><p>{t("import.help.again")}</p></>}>
      <Answer of={asked} rows={8}>
        {(one) => (one.state === "created" ? <Mapping job={one} key={one.id} /> : <Running job={one} at={asked.dataUpdatedAt} key={one.state === "running" ? "running" : "still"} />)}
      </Answer>
    </Page>
  );
}
