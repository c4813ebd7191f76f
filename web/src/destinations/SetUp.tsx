/** How an export is set up: how to reach the destination, a test that shows rows, which columns, how often. */
import { ExperimentOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Input, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, refresh } from "@/api/client";
import { Labelled, SettingFields } from "@/sources/SettingFields";
import { shown, type Values } from "@/sources/types";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { Subject, type SubjectValue } from "./Subject";
import type { Export, Tested } from "./types";

const SCHEDULES = [0, 15, 60, 360, 1440, 10_080];

interface Draft {
  subject: SubjectValue;
  settings: Values;
  isPrivate: boolean;
  columns: Record<string, string>;
  minutes: number;
}

export function SetUp({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const { message } = App.useApp();
  const mayWrite = useMay("imports:write");
  const [draft, setDraft] = useState<Draft>(() => ({ subject: { what: one.what, of: one.of }, settings: one.settings, isPrivate: one.allow_private, columns: one.columns, minutes: one.schedule_minutes }));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const said = { ...draft.subject, settings: draft.settings, columns: draft.columns, allow_private: draft.isPrivate };
  const test = api.useMutation("post", "/api/exports/test");
  const save = api.useMutation("patch", "/api/exports/{export_id}", {
    onSuccess: () => {
      void refresh("/api/exports");
      void message.success(t("setup.saved"));
    },
  });
  const error = save.error ?? test.error;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ params: { path: { export_id: one.id } }, body: { version: one.version, schedule_minutes: draft.minutes, ...said } });
      }}
    >
      <Reach one={one} draft={draft} change={change} error={error} onTest={() => test.mutate({ body: { plugin: one.plugin, export_id: one.id, ...said } })} isTesting={test.isPending} />
      {test.data && <Found found={test.data} draft={draft} change={change} isDisabled={!mayWrite} />}
      <Schedule minutes={draft.minutes} onChange={(minutes) => change({ minutes })} isDisabled={!mayWrite} />
      {mayWrite && (
        <div className="destination-buttons">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("setup.save")}
          </Button>
        </div>
      )}
    </form>
  );
}

interface ReachProps {
  one: Export;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  error: unknown;
  onTest: () => void;
  isTesting: boolean;
}

function Reach({ one, draft, change, error, onTest, isTesting }: ReachProps) {
  const { t } = useTranslation("destinations");
  const kinds = api.useQuery("get", "/api/destinations/kinds");
  const mayWrite = useMay("imports:write");
  const mayOpen = useMay("settings:write");
  const settings = kinds.data?.find((kind) => kind.name === one.plugin)?.settings ?? [];
  const isAtField = error instanceof ApiError && settings.some((setting) => setting.name === error.body.field);
  const test = mayWrite && (
    <Button icon={<ExperimentOutlined />} loading={isTesting} onClick={onTest}>
      {t("setup.test")}
    </Button>
  );
  return (
    <Section title={t("setup.reach")} extra={test}>
      <div className="destination-subject">
        <Subject value={draft.subject} onChange={(subject) => change({ subject, columns: {} })} isDisabled={!mayWrite} />
      </div>
      <SettingFields settings={settings} values={draft.settings} onChange={(values) => change({ settings: values })} error={error} secretsSet={one.secrets_set} isDisabled={!mayWrite} />
      {mayOpen && one.plugin !== "files" && (
        <Checkbox checked={draft.isPrivate} onChange={(event) => change({ isPrivate: event.target.checked })}>
          {t("setup.private")}
        </Checkbox>
      )}
      {error !== null && error !== undefined && !isAtField && <ErrorNote error={error} />}
    </Section>
  );
}

function Found({ found, draft, change, isDisabled }: { found: Tested; draft: Draft; change: (part: Partial<Draft>) => void; isDisabled: boolean }) {
  const { t } = useTranslation("destinations");
  return (
    <>
      <p className="destination-found" role="status">
        <strong>{t("setup.works", { count: found.columns.length })}</strong> {found.notes.join(" ")}
      </p>
      <Section title={t("setup.columns")}>
        <Columns found={found} columns={draft.columns} onChange={(columns) => change({ columns })} isDisabled={isDisabled} />
      </Section>
      {found.rows.length > 0 && (
        <Section title={t("setup.sample")}>
          <Sample found={found} />
        </Section>
      )}
    </>
  );
}

interface ColumnsProps {
  found: Tested;
  columns: Record<string, string>;
  onChange: (columns: Record<string, string>) => void;
  isDisabled: boolean;
}

/** Which columns go, and under which names. None chosen means all. */
function Columns({ found, columns, onChange, isDisabled }: ColumnsProps) {
  const { t } = useTranslation("destinations");
  const [all] = useState(found.columns);
  const isAll = Object.keys(columns).length === 0;
  const named = isAll ? Object.fromEntries(all.map((column) => [column.source, column.name])) : columns;
  const without = (source: string) => Object.fromEntries(Object.entries(named).filter(([key]) => key !== source));
  return (
    <>
      <p className="soft">{t("setup.columnsHelp")}</p>
      <div className="destination-columns">
        {all.map((column) => (
          <div key={column.source} className="destination-column">
            <Checkbox checked={column.is_key || column.source in named} disabled={isDisabled || column.is_key} onChange={(event) => onChange(event.target.checked ? { ...named, [column.source]: column.name } : without(column.source))}>
              {column.source}
              {column.is_key && <span className="soft">{` ${t("setup.key")}`}</span>}
            </Checkbox>
            <Input value={named[column.source] ?? column.name} disabled={isDisabled || !(column.is_key || column.source in named)} aria-label={t("setup.sentAs", { name: column.source })} maxLength={60} onChange={(event) => onChange({ ...named, [column.source]: event.target.value })} />
          </div>
        ))}
      </div>
    </>
  );
}

function Sample({ found }: { found: Tested }) {
  const { t } = useTranslation("destinations");
  const names = found.columns.map((column) => column.name);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide table scrolls by keyboard too
    <div className="destination-sample" role="region" aria-label={t("setup.sample")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.rows.map((row, place) => (
            <tr key={place}>
              {names.map((name) => (
                <td key={name}>{shown(row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Schedule({ minutes, onChange, isDisabled }: { minutes: number; onChange: (minutes: number) => void; isDisabled: boolean }) {
  const { t } = useTranslation("destinations");
  const id = useId();
  const known = SCHEDULES.includes(minutes) ? SCHEDULES : [...SCHEDULES, minutes];
  // keys: every.*
  const options = known.map((value) => ({ value, label: SCHEDULES.includes(value) ? t(`every.${value}`) : t("every.other", { count: value }) }));
  return (
    <Section title={t("setup.schedule")}>
      <div className="labelled-short">
        <Labelled id={id} label={t("setup.every")} help={t("setup.everyHelp")}>
          <Select id={id} value={minutes} onChange={onChange} options={options} disabled={isDisabled} />
        </Labelled>
      </div>
    </Section>
  );
}
