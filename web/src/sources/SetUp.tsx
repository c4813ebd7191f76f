/** How a connection is set up: settings, a test that shows rows, what the columns mean, how often it runs. */
import { ExperimentOutlined, UploadOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Select, Upload } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, ApiError, refresh, request } from "@/api/client";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { MappingTable } from "./MappingTable";
import { Labelled, SettingFields } from "./SettingFields";
import { type Connection, type Found, type Target, type Values } from "./types";
import "./sources.css";

const SCHEDULES = [0, 5, 15, 60, 360, 1440, 10_080];

interface Draft {
  settings: Values;
  isPrivate: boolean;
  target: Target;
  columns: Record<string, string>;
  event: string;
  identity: string[];
  minutes: number;
}

export function SetUp({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const [, setSearch] = useSearchParams();
  const mayWrite = useMay("imports:write");
  const [draft, setDraft] = useState<Draft>(() => draftOf(connection));
  const [found, setFound] = useState<Found>();
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
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
      if (Object.keys(draft.columns).length > 0) setSearch({ tab: "runs" }, { replace: true });
    },
  });
  const ask = (target?: Target) => test.mutate({ body: { plugin: connection.plugin, connection_id: connection.id, settings: draft.settings, allow_private: draft.isPrivate, target: target ?? null } });
  const hasMapping = Object.keys(draft.columns).length > 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ params: { path: { connection_id: connection.id } }, body: bodyOf(draft, connection, hasMapping) });
      }}
    >
      <Reach connection={connection} draft={draft} change={change} error={test.error ?? save.error} onTest={() => ask()} isTesting={test.isPending} />
      {found && <FoundNotes found={found} />}
      {hasMapping && (
        <MappingTable draft={draft} found={found} change={change} onTarget={(target) => (found ? ask(target) : change({ target }))} error={save.error} />
      )}
      <Schedule minutes={draft.minutes} onChange={(minutes) => change({ minutes })} />
      {save.error !== null && <ErrorNote error={save.error} />}
      {mayWrite && (
        <div className="source-buttons">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("setup.save")}
          </Button>
        </div>
      )}
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
  };
}

function bodyOf(draft: Draft, connection: Connection, hasMapping: boolean) {
  const kept = Object.fromEntries(Object.entries(connection.mapping).filter(([, value]) => value !== null));
  const mapping = { ...kept, columns: draft.columns, ...(draft.event !== "" && { event: draft.event }) };
  return {
    version: connection.version,
    settings: draft.settings,
    schedule_minutes: draft.minutes,
    allow_private: draft.isPrivate,
    ...(hasMapping && { target: draft.target, mapping, identity: draft.identity.filter((name) => name in draft.columns) }),
  };
}

interface ReachProps {
  connection: Connection;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  error: unknown;
  onTest: () => void;
  isTesting: boolean;
}

function Reach({ connection, draft, change, error, onTest, isTesting }: ReachProps) {
  const { t } = useTranslation("sources");
  const kinds = api.useQuery("get", "/api/sources/kinds");
  const mayWrite = useMay("imports:write");
  const mayOpen = useMay("settings:write");
  const settings = kinds.data?.find((one) => one.name === connection.plugin)?.settings ?? [];
  const isAtField = error instanceof ApiError && settings.some((one) => one.name === error.body.field);
  const test = mayWrite && (
    <Button icon={<ExperimentOutlined />} loading={isTesting} onClick={onTest}>
      {t("setup.test")}
    </Button>
  );
  const inbound = connection.inbound_path;
  return (
    <Section title={t("setup.reach")} extra={test}>
      {inbound !== null && inbound !== undefined && <Inbound path={inbound} />}
      {connection.plugin === "files" && !draft.settings["folder"] && mayWrite && <Drop connection={connection} onDone={onTest} />}
      <SettingFields settings={settings} values={draft.settings} onChange={(values) => change({ settings: values })} error={error} secretsSet={connection.secrets_set} isDisabled={!mayWrite} />
      {mayOpen && (connection.plugin === "sql" || connection.plugin === "http") && (
        <Checkbox checked={draft.isPrivate} onChange={(event) => change({ isPrivate: event.target.checked })}>
          {t("setup.private")}
        </Checkbox>
      )}
      {error !== null && error !== undefined && !isAtField && <ErrorNote error={error} />}
    </Section>
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

function FoundNotes({ found }: { found: Found }) {
  const { t } = useTranslation("sources");
  return (
    <p className="found" role="status">
      <strong>{t("setup.works", { count: found.columns.length })}</strong> {found.notes.join(" ")}
    </p>
  );
}

function Schedule({ minutes, onChange }: { minutes: number; onChange: (minutes: number) => void }) {
  const { t } = useTranslation("sources");
  const id = useId();
  const known = SCHEDULES.includes(minutes) ? SCHEDULES : [...SCHEDULES, minutes];
  // keys: every.*
  const options = known.map((value) => ({ value, label: SCHEDULES.includes(value) ? t(`every.${value}`) : t("every.other", { count: value }) }));
  return (
    <Section title={t("setup.schedule")}>
      <div className="labelled-short">
        <Labelled id={id} label={t("setup.every")} help={t("setup.everyHelp")}>
          <Select id={id} value={minutes} onChange={onChange} options={options} />
        </Labelled>
      </div>
    </Section>
  );
}

export type { Draft };
