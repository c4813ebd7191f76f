/** One connection or export: how it is and what it does, what can be told to it, and its tabs. */
import { MoreOutlined, PauseOutlined, PlayCircleOutlined, StopOutlined } from "@ant-design/icons";
import { App, Badge, Button, Dropdown, Tabs } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { refresh } from "@/api/client";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { HealthTag } from "../Health";
import { isOpen } from "../types";
import type { Flow } from "./types";
import "../sources.css";

export const RUN_LIVE_MS = 1500;

interface Tab {
  key: string;
  label: string;
  /** Rows that wait there. */
  waiting?: number;
  children: ReactNode;
}

interface Props {
  one: Flow;
  way: string;
  help: ReactNode;
  actions: ReactNode;
  tabs: Tab[];
  first: string;
}

export function FlowPage({ one, way, help, actions, tabs, first }: Props) {
  const [search, setSearch] = useSearchParams();
  const lead = (
    <span className="source-lead">
      <HealthTag health={one.health} failure={one.last_run?.failure} />
      <span>{way}</span>
    </span>
  );
  const items = tabs.map(({ key, label, waiting = 0, children }) => ({ key, label: <TabLabel label={label} waiting={waiting} />, children }));
  return (
    <Page title={one.name} lead={lead} actions={actions} help={help}>
      <Tabs items={items} activeKey={search.get("tab") ?? first} onChange={(key) => setSearch({ tab: key }, { replace: true })} destroyOnHidden />
    </Page>
  );
}

function TabLabel({ label, waiting }: { label: string; waiting: number }) {
  return (
    <span className="flow-tab">
      {label}
      <Badge count={waiting} overflowCount={9999} size="small" />
    </span>
  );
}

/** What follows when something was told: the lists are read anew, and a refusal is said. */
export function useAfter(list: string, home: string) {
  const { message } = App.useApp();
  const go = useNavigate();
  const onError = (error: { message: string }) => void message.error(error.message);
  const onSuccess = () => void refresh(list);
  const onGone = () => {
    onSuccess();
    void go(home);
  };
  return { told: { onSuccess, onError }, gone: { onSuccess: onGone, onError } };
}

export interface Verbs {
  run: (anew: boolean) => void;
  pause: () => void;
  resume: () => void;
  cancel: (runId: number) => void;
  remove: () => void;
}

interface ActionsProps {
  one: Flow;
  verbs: Verbs;
  words: { anew: string; deleteText: string };
  /** Why it cannot run yet. */
  notReady?: string | undefined;
  children?: ReactNode;
}

export function FlowActions({ one, verbs, words, notReady, children }: ActionsProps) {
  const { t } = useTranslation("sources");
  const { modal } = App.useApp();
  const mayWrite = useMay("imports:write");
  if (!mayWrite) return null;
  const isRunning = isOpen(one.last_run);
  const sure = () => modal.confirm({ title: t("delete.title", { name: one.name }), content: words.deleteText, okText: t("menu.delete"), cancelText: t("keep"), okButtonProps: { danger: true }, onOk: verbs.remove });
  const items = [
    { key: "anew", label: words.anew, disabled: notReady !== undefined || isRunning, onClick: () => verbs.run(true) },
    { key: "delete", label: t("menu.delete"), danger: true, disabled: isRunning, onClick: sure },
  ];
  return (
    <>
      <RunButton one={one} verbs={verbs} notReady={notReady} />
      {children}
      {one.health === "paused" ? <Button onClick={verbs.resume}>{t("menu.resume")}</Button> : <Button icon={<PauseOutlined />} onClick={verbs.pause}>{t("menu.pause")}</Button>}
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button icon={<MoreOutlined />} aria-label={t("menu.more")} />
      </Dropdown>
    </>
  );
}

function RunButton({ one, verbs, notReady }: Pick<ActionsProps, "one" | "verbs" | "notReady">) {
  const { t } = useTranslation("sources");
  const last = one.last_run;
  if (last && isOpen(last)) {
    return (
      <Button icon={<StopOutlined />} onClick={() => verbs.cancel(last.id)} disabled={last.state === "cancelling"}>
        {t("menu.cancel")}
      </Button>
    );
  }
  return (
    <Button type="primary" icon={<PlayCircleOutlined />} disabled={notReady !== undefined} title={notReady} onClick={() => verbs.run(false)}>
      {t("menu.run")}
    </Button>
  );
}
