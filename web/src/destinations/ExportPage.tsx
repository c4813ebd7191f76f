/** One export: what it sent, how it is set up, what the destination refused. */
import { DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { FlowActions, FlowPage, RUN_LIVE_MS, useAfter, type Verbs } from "@/sources/flow/FlowPage";
import { isOpen } from "@/sources/types";
import { Answer } from "@/ui/States";
import { Runs } from "./Runs";
import { SetUp } from "./SetUp";
import { UntakenTable } from "./UntakenTable";
import type { Export } from "./types";
import { useWay } from "./useWay";
import "./destinations.css";

export function Component() {
  const { id } = useParams();
  const path = { export_id: Number(id) };
  const found = api.useQuery("get", "/api/exports/{export_id}", { params: { path } }, { refetchInterval: (query) => (isOpen(query.state.data?.last_run) ? RUN_LIVE_MS : false) });
  return <Answer of={found}>{(one) => <Shown one={one} />}</Answer>;
}

function Shown({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const way = useWay();
  const verbs = useVerbs(one);
  const tabs = [
    { key: "runs", label: t("tab.runs"), children: <Runs one={one} /> },
    { key: "setup", label: t("tab.setup"), children: <SetUp key={one.version} one={one} /> },
    { key: "refused", label: t("tab.refused"), waiting: one.refused, children: <UntakenTable one={one} /> },
  ];
  const actions = (
    <FlowActions one={one} verbs={verbs} words={{ anew: t("menu.anew"), deleteText: t("delete.text") }}>
      {one.plugin === "files" && one.last_run?.state === "done" && (
        <Button icon={<DownloadOutlined />} href={`/api/exports/${one.id}/file`}>
          {t("menu.download")}
        </Button>
      )}
    </FlowActions>
  );
  return <FlowPage one={one} way={way(one)} help={<><p>{t("list.help.once")}</p><p>{t("help.kill")}</p></>} actions={actions} tabs={tabs} first="runs" />;
}

function useVerbs(one: Export): Verbs {
  const params = { path: { export_id: one.id } };
  const { told, gone } = useAfter("/api/exports", "/destinations");
  const run = api.useMutation("post", "/api/exports/{export_id}/run", told);
  const pause = api.useMutation("post", "/api/exports/{export_id}/pause", told);
  const resume = api.useMutation("post", "/api/exports/{export_id}/resume", told);
  const cancel = api.useMutation("post", "/api/exports/runs/{run_id}/cancel", told);
  const remove = api.useMutation("delete", "/api/exports/{export_id}", gone);
  return {
    run: (anew) => run.mutate({ params, body: { anew } }),
    pause: () => pause.mutate({ params }),
    resume: () => resume.mutate({ params }),
    cancel: (runId) => cancel.mutate({ params: { path: { run_id: runId } } }),
    remove: () => remove.mutate({ params }),
  };
}
