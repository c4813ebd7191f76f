/** One export: what it sent, how it is set up, what the destination refused. */
import { DownloadOutlined, MoreOutlined, PauseOutlined, PlayCircleOutlined, StopOutlined } from "@ant-design/icons";
import { App, Badge, Button, Dropdown, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, refresh } from "@/api/client";
import { HealthTag } from "@/sources/Health";
import { isOpen } from "@/sources/types";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { Runs } from "./Runs";
import { SetUp } from "./SetUp";
import { UntakenTable } from "./UntakenTable";
import type { Export } from "./types";
import "./destinations.css";

const LIVE_MS = 1500;

export function Component() {
  const { id } = useParams();
  const path = { export_id: Number(id) };
  const found = api.useQuery("get", "/api/exports/{export_id}", { params: { path } }, { refetchInterval: (query) => (isOpen(query.state.data?.last_run) ? LIVE_MS : false) });
  return <Answer of={found}>{(one) => <Shown one={one} />}</Answer>;
}

function Shown({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const [search, setSearch] = useSearchParams();
  const refused = <Badge count={one.refused} overflowCount={9999} size="small" offset={[8, 0]} showZero={false}>{t("tab.refused")}</Badge>;
  const tabs = [
    { key: "runs", label: t("tab.runs"), children: <Runs one={one} /> },
    { key: "setup", label: t("tab.setup"), children: <SetUp key={one.version} one={one} /> },
    { key: "refused", label: refused, children: <UntakenTable one={one} /> },
  ];
  // keys: plugin.* what.*
  const lead = (
    <span className="destination-lead">
      <HealthTag health={one.health} failure={one.last_run?.failure} />
      <span>{t("list.sends", { what: t(`what.${one.what}`), plugin: t(`plugin.${one.plugin}`, { defaultValue: one.plugin }) })}</span>
    </span>
  );
  return (
    <Page title={one.name} lead={lead} actions={<Actions one={one} />} help={<><p>{t("list.help.once")}</p><p>{t("help.kill")}</p></>}>
      <Tabs items={tabs} activeKey={search.get("tab") ?? "runs"} onChange={(key) => setSearch({ tab: key }, { replace: true })} destroyOnHidden />
    </Page>
  );
}

function useVerbs(one: Export) {
  const { message } = App.useApp();
  const go = useNavigate();
  const params = { path: { export_id: one.id } };
  const after = { onSuccess: () => void refresh("/api/exports"), onError: (error: { message: string }) => void message.error(error.message) };
  const run = api.useMutation("post", "/api/exports/{export_id}/run", after);
  const pause = api.useMutation("post", "/api/exports/{export_id}/pause", after);
  const resume = api.useMutation("post", "/api/exports/{export_id}/resume", after);
  const cancel = api.useMutation("post", "/api/exports/runs/{run_id}/cancel", after);
  const remove = api.useMutation("delete", "/api/exports/{export_id}", {
    ...after,
    onSuccess: () => {
      void refresh("/api/exports");
      void go("/destinations");
    },
  });
  return {
    run: (anew: boolean) => run.mutate({ params, body: { anew } }),
    pause: () => pause.mutate({ params }),
    resume: () => resume.mutate({ params }),
    cancel: (runId: number) => cancel.mutate({ params: { path: { run_id: runId } } }),
    remove: () => remove.mutate({ params }),
  };
}

function Actions({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const { modal } = App.useApp();
  const mayWrite = useMay("imports:write");
  const verbs = useVerbs(one);
  const last = one.last_run;
  if (!mayWrite) return null;
  const sure = () => modal.confirm({ title: t("delete.title", { name: one.name }), content: t("delete.text"), okText: t("menu.delete"), cancelText: t("keep"), okButtonProps: { danger: true }, onOk: verbs.remove });
  const items = [
    { key: "anew", label: t("menu.anew"), disabled: isOpen(last), onClick: () => verbs.run(true) },
    { key: "delete", label: t("menu.delete"), danger: true, disabled: isOpen(last), onClick: sure },
  ];
  return (
    <>
      {last && isOpen(last) ? (
        <Button icon={<StopOutlined />} onClick={() => verbs.cancel(last.id)} disabled={last.state === "cancelling"}>
          {t("menu.cancel")}
        </Button>
      ) : (
        <Button type="primary" icon={<PlayCircleOutlined />} onClick={() => verbs.run(false)}>
          {t("menu.run")}
        </Button>
      )}
      {one.plugin === "files" && last?.state === "done" && (
        <Button icon={<DownloadOutlined />} href={`/api/exports/${one.id}/file`}>
          {t("menu.download")}
        </Button>
      )}
      {one.health === "paused" ? <Button onClick={verbs.resume}>{t("menu.resume")}</Button> : <Button icon={<PauseOutlined />} onClick={verbs.pause}>{t("menu.pause")}</Button>}
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button icon={<MoreOutlined />} aria-label={t("menu.more")} />
      </Dropdown>
    </>
  );
}
