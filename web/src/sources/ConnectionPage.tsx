/** One connection: what it brought, how it is set up, how its rows are cleaned, what it refused. */
import { MoreOutlined, PauseOutlined, PlayCircleOutlined, StopOutlined } from "@ant-design/icons";
import { App, Badge, Button, Dropdown, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, refresh } from "@/api/client";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { ConnectionRules } from "./ConnectionRules";
import { HealthTag } from "./Health";
import { RefusedTable } from "./RefusedTable";
import { Runs } from "./Runs";
import { SetUp } from "./SetUp";
import { isOpen, type Connection } from "./types";
import "./sources.css";

const LIVE_MS = 1500;

export function Component() {
  const { id } = useParams();
  const path = { connection_id: Number(id) };
  const found = api.useQuery("get", "/api/connections/{connection_id}", { params: { path } }, { refetchInterval: (query) => (isOpen(query.state.data?.last_run) ? LIVE_MS : false) });
  return <Answer of={found}>{(connection) => <Shown connection={connection} />}</Answer>;
}

function Shown({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const [search, setSearch] = useSearchParams();
  const isReady = Object.keys(connection.mapping.columns).length > 0;
  const tab = search.get("tab") ?? (isReady ? "runs" : "setup");
  const refused = <Badge count={connection.refused} overflowCount={9999} size="small" offset={[8, 0]} showZero={false}>{t("tab.refused")}</Badge>;
  const tabs = [
    { key: "runs", label: t("tab.runs"), children: <Runs connection={connection} /> },
    { key: "setup", label: t("tab.setup"), children: <SetUp key={connection.version} connection={connection} /> },
    { key: "cleaning", label: t("tab.cleaning"), children: <ConnectionRules key={connection.version} connection={connection} /> },
    { key: "refused", label: refused, children: <RefusedTable connection={connection} /> },
  ];
  // keys: plugin.* target.*
  const lead = (
    <span className="source-lead">
      <HealthTag health={connection.health} failure={connection.last_run?.failure} />
      <span>{t("list.brings", { plugin: t(`plugin.${connection.plugin}`, { defaultValue: connection.plugin }), target: t(`target.${connection.target}`) })}</span>
    </span>
  );
  return (
    <Page title={connection.name} lead={lead} actions={<Actions connection={connection} isReady={isReady} />} help={<><p>{t("help.rows")}</p><p>{t("help.kill")}</p></>}>
      <Tabs items={tabs} activeKey={tab} onChange={(key) => setSearch({ tab: key }, { replace: true })} destroyOnHidden />
    </Page>
  );
}

function useVerbs(connection: Connection) {
  const { message } = App.useApp();
  const go = useNavigate();
  const params = { path: { connection_id: connection.id } };
  const after = { onSuccess: () => void refresh("/api/connections"), onError: (error: { message: string }) => void message.error(error.message) };
  const run = api.useMutation("post", "/api/connections/{connection_id}/run", after);
  const pause = api.useMutation("post", "/api/connections/{connection_id}/pause", after);
  const resume = api.useMutation("post", "/api/connections/{connection_id}/resume", after);
  const cancel = api.useMutation("post", "/api/connections/runs/{run_id}/cancel", after);
  const remove = api.useMutation("delete", "/api/connections/{connection_id}", {
    ...after,
    onSuccess: () => {
      void refresh("/api/connections");
      void go("/sources");
    },
  });
  return {
    run: (anew: boolean) => run.mutate({ params, body: { anew, replay: false } }),
    pause: () => pause.mutate({ params }),
    resume: () => resume.mutate({ params }),
    cancel: (runId: number) => cancel.mutate({ params: { path: { run_id: runId } } }),
    remove: () => remove.mutate({ params }),
  };
}

function Actions({ connection, isReady }: { connection: Connection; isReady: boolean }) {
  const { t } = useTranslation("sources");
  const { modal } = App.useApp();
  const mayWrite = useMay("imports:write");
  const verbs = useVerbs(connection);
  const last = connection.last_run;
  if (!mayWrite) return null;
  const sure = () => modal.confirm({ title: t("delete.title", { name: connection.name }), content: t("delete.text"), okText: t("menu.delete"), cancelText: t("keep"), okButtonProps: { danger: true }, onOk: verbs.remove });
  const isPaused = connection.health === "paused";
  const items = [
    { key: "anew", label: t("menu.anew"), disabled: !isReady || isOpen(last), onClick: () => verbs.run(true) },
    { key: "delete", label: t("menu.delete"), danger: true, disabled: isOpen(last), onClick: sure },
  ];
  return (
    <>
      {last && isOpen(last) ? (
        <Button icon={<StopOutlined />} onClick={() => verbs.cancel(last.id)} disabled={last.state === "cancelling"}>
          {t("menu.cancel")}
        </Button>
      ) : (
        <Button type="primary" icon={<PlayCircleOutlined />} disabled={!isReady} title={isReady ? undefined : t("menu.notReady")} onClick={() => verbs.run(false)}>
          {t("menu.run")}
        </Button>
      )}
      {isPaused ? <Button onClick={verbs.resume}>{t("menu.resume")}</Button> : <Button icon={<PauseOutlined />} onClick={verbs.pause}>{t("menu.pause")}</Button>}
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button icon={<MoreOutlined />} aria-label={t("menu.more")} />
      </Dropdown>
    </>
  );
}
