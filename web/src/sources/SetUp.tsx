/** How a connection is set up: settings, a test that shows rows, what the columns mean, how often it runs. */
import { UploadOutlined } from "@ant-design/icons";
import { App, Upload } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, refresh, request } from "@/api/client";
import { useMay } from "@/ui/me";
import { ErrorNote } from "@/ui/States";
import { Reach, SaveButton, Schedule, Works } from "./flow/Reach";
import { MappingTable } from "./MappingTable";
import { choicesOf } from "./orderLook";
import { OrderReading } from "./OrderReading";
import { NETWORKED, type Connection, type Draft, type Found, type Target } from "./types";
import "./sources.css";

export function SetUp({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const [search, setSearch] = useSearchParams();
  const mayWrite = useMay("imports:write");
  const [draft, setDraft] = useState<Draft>(() => draftOf(connection));
  const [found, setFound] = useState<Found>();
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const hasMapping = Object.keys(draft.columns).length > 0;
  const test = api.useMutation("post", "/api/connections/test", {
    onSuccess: (answer) => {
      setFound(answer);
      const isNew = Object.keys(connection.mapping.columns).length === 0 || answer.target !== connection.target;
      if (isNew) change({ target: answer.target, columns: answer.mapping.columns, identity: answer.identity });
    },
  });
  const save = api.useMutation("patch", "/api/connections/{connection_id}", {
    onSuccess: () => {
      void refresh("/api/connections");
      void message.success(t("setup.saved"));
    },
  });
  const run = api.useMutation("post", "/api/connections/{connection_id}/run", { onSettled: () => refresh("/api/connections") });
  const params = { path: { connection_id: connection.id } };
  const keep = (andRun: boolean) =>
    save.mutate(
      { params, body: bodyOf(draft, connection, hasMapping) },
      {
        onSuccess: () => {
          if (andRun) run.mutate({ params, body: { anew: false, replay: false } });
          if (hasMapping) setSearch({ tab: "runs" }, { replace: true });
        },
      },
    );
  const ask = (target?: Target) => test.mutate({ body: { plugin: connection.plugin, connection_id: connection.id, settings: draft.settings, allow_private: draft.isPrivate, target: target ?? null } });
  const hasBegun = useRef(false);
  useEffect(() => {
    if (search.has("look") && !hasBegun.current) ask(draft.target);
    hasBegun.current = true;
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        keep(false);
      }}
    >
      <How connection={connection} draft={draft} change={change} faults={{ test: test.error, save: save.error }} onTest={() => ask()} isTesting={test.isPending} />
      {found && <Works columns={found.columns.length} notes={found.notes} />}
      {hasMapping && (
        <MappingTable draft={draft} found={found} change={change} onTarget={(target) => (found ? ask(target) : change({ target }))} error={save.error} />
      )}
      {hasMapping && found && draft.target === "orders" && <OrderReading connection={connection} draft={draft} change={change} />}
      <Schedule minutes={draft.minutes} onChange={(minutes) => change({ minutes })} isDisabled={!mayWrite} />
      {run.error && <ErrorNote error={run.error} />}
      <SaveButton save={save} {...(hasMapping && { onRun: () => keep(true) })} />
    </form>
  );
}

function draftOf(connection: Connection): Draft {
  return {
    settings: connection.settings,
    isPrivate: connection.allow_private,
    target: connection.target,
    columns: connection.mapping.columns,
    event: connection.mapping.event ?? "",
    identity: connection.identity,
    minutes: connection.schedule_minutes,
    orders: choicesOf(connection.mapping),
  };
}

function bodyOf(draft: Draft, connection: Connection, hasMapping: boolean) {
  const kept = Object.fromEntries(Object.entries(connection.mapping).filter(([, value]) => value !== null));
  const mapping = { ...kept, ...(draft.target === "orders" && draft.orders), columns: draft.columns, ...(draft.event !== "" && { event: draft.event }) };
  return {
    version: connection.version,
    settings: draft.settings,
    schedule_minutes: draft.minutes,
    allow_private: draft.isPrivate,
    ...(hasMapping && { target: draft.target, mapping, identity: draft.identity.filter((name) => name in draft.columns) }),
  };
}

interface HowProps {
  connection: Connection;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  faults: { test: unknown; save: unknown };
  onTest: () => void;
  isTesting: boolean;
}

function How({ connection, draft, change, faults, onTest, isTesting }: HowProps) {
  const { t } = useTranslation("sources");
  const kinds = api.useQuery("get", "/api/sources/kinds");
  const mayWrite = useMay("imports:write");
  const settings = kinds.data?.find((one) => one.name === connection.plugin)?.settings ?? [];
  const isPrivate = NETWORKED.has(connection.plugin) ? draft.isPrivate : undefined;
  const inbound = connection.inbound_path;
  return (
    <Reach title={t("setup.reach")} settings={settings} values={draft.settings} onValues={(values) => change({ settings: values })} isPrivate={isPrivate} onPrivate={(value) => change({ isPrivate: value })} faults={faults} secretsSet={connection.secrets_set} onTest={onTest} isTesting={isTesting}>
      {inbound !== null && inbound !== undefined && <Inbound path={inbound} />}
      {connection.plugin === "files" && !draft.settings["folder"] && mayWrite && <Drop connection={connection} onDone={onTest} />}
    </Reach>
  );
}

function Inbound({ path }: { path: string }) {
  const { t } = useTranslation("sources");
  return (
    <p className="inbound">
      <span>{t("setup.inbound")}</span>
      <code>{`${location.origin}${path}`}</code>
    </p>
  );
}

function Drop({ connection, onDone }: { connection: Connection; onDone: () => void }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const send = async (file: File) => {
    const form = new FormData();
    form.append("file", file);
    try {
      await request(`/api/connections/${connection.id}/files`, { method: "POST", body: form });
      void message.success(t("setup.uploaded", { name: file.name }));
      onDone();
    } catch (error) {
      void message.error(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Upload.Dragger className="source-drop" showUploadList={false} customRequest={({ file }) => void send(file as File)} accept=".csv,.tsv,.txt,.xlsx,.xls,.jsonl,.ndjson,.parquet">
      <span className="source-drop-words">
        <UploadOutlined />
        <span>{t("setup.drop")}</span>
        <span className="soft">{t("setup.dropKinds")}</span>
      </span>
    </Upload.Dragger>
  );
}
