/** How an export is set up: how to reach the destination, a test that shows rows, which columns, how often. */
import { App, Checkbox, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { Reach, SaveButton, Schedule, Works } from "@/sources/flow/Reach";
import { shown, type Values } from "@/sources/types";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Subject, type SubjectValue } from "./Subject";
import type { Export, Tested } from "./types";

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
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ params: { path: { export_id: one.id } }, body: { version: one.version, schedule_minutes: draft.minutes, ...said } });
      }}
    >
      <How one={one} draft={draft} change={change} faults={{ test: test.error, save: save.error }} onTest={() => test.mutate({ body: { plugin: one.plugin, export_id: one.id, ...said } })} isTesting={test.isPending} />
      {test.data && <Found found={test.data} draft={draft} change={change} isDisabled={!mayWrite} />}
      <Schedule minutes={draft.minutes} onChange={(minutes) => change({ minutes })} isDisabled={!mayWrite} />
      <SaveButton save={save} />
    </form>
  );
}

interface HowProps {
  one: Export;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  faults: { test: unknown; save: unknown };
  onTest: () => void;
  isTesting: boolean;
}

function How({ one, draft, change, faults, onTest, isTesting }: HowProps) {
  const { t } = useTranslation("destinations");
  const kinds = api.useQuery("get", "/api/destinations/kinds");
  const mayWrite = useMay("imports:write");
  const settings = kinds.data?.find((kind) => kind.name === one.plugin)?.settings ?? [];
  const isPrivate = one.plugin === "files" ? undefined : draft.isPrivate;
  return (
    <Reach title={t("setup.reach")} settings={settings} values={draft.settings} onValues={(values) => change({ settings: values })} isPrivate={isPrivate} onPrivate={(value) => change({ isPrivate: value })} faults={faults} secretsSet={one.secrets_set} onTest={onTest} isTesting={isTesting}>
      <div className="setting-fields">
        <Subject value={draft.subject} onChange={(subject) => change({ subject, columns: {} })} isDisabled={!mayWrite} />
      </div>
    </Reach>
  );
}

function Found({ found, draft, change, isDisabled }: { found: Tested; draft: Draft; change: (part: Partial<Draft>) => void; isDisabled: boolean }) {
  const { t } = useTranslation("destinations");
  return (
    <>
      <Works columns={found.columns.length} notes={found.notes} />
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
    <div className="preview-scroll" role="region" aria-label={t("setup.sample")} tabIndex={0}>
      <table className="preview">
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
