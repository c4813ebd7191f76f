/** The parts of every set-up: how the other side is reached, whether that works, how often it runs. */
import { ExperimentOutlined } from "@ant-design/icons";
import { Button, Checkbox, Select } from "antd";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { Labelled, SettingFields } from "../SettingFields";
import type { Setting, Values } from "../types";

const SCHEDULES = [0, 5, 15, 60, 360, 1440, 10_080];

/** Only those who may change the company's settings may open its inner networks. */
export function PrivateChoice({ value, onChange }: { value: boolean; onChange: (value: boolean) => void }) {
  const { t } = useTranslation("sources");
  const mayOpen = useMay("settings:write");
  if (!mayOpen) return null;
  return (
    <Checkbox checked={value} onChange={(event) => onChange(event.target.checked)}>
      {t("setup.private")}
    </Checkbox>
  );
}

interface Props {
  title: string;
  settings: readonly Setting[];
  values: Values;
  onValues: (values: Values) => void;
  /** Undefined where no network is reached. */
  isPrivate: boolean | undefined;
  onPrivate: (isPrivate: boolean) => void;
  /** Of the test and of saving: a fault of a field stands at the field, others of the test below them. */
  faults: { test: unknown; save: unknown };
  secretsSet: readonly string[];
  onTest: () => void;
  isTesting: boolean;
  children?: ReactNode;
}

export function Reach({ title, settings, values, onValues, isPrivate, onPrivate, faults, secretsSet, onTest, isTesting, children }: Props) {
  const { t } = useTranslation("sources");
  const mayWrite = useMay("imports:write");
  const isAtField = faults.test instanceof ApiError && settings.some((one) => one.name === (faults.test as ApiError).body.field);
  const test = mayWrite && (
    <Button icon={<ExperimentOutlined />} loading={isTesting} onClick={onTest}>
      {t("setup.test")}
    </Button>
  );
  return (
    <Section title={title} extra={test}>
      {children}
      <SettingFields settings={settings} values={values} onChange={onValues} error={faults.test ?? faults.save} secretsSet={secretsSet} isDisabled={!mayWrite} />
      {isPrivate !== undefined && <PrivateChoice value={isPrivate} onChange={onPrivate} />}
      {faults.test !== null && !isAtField && <ErrorNote error={faults.test} />}
    </Section>
  );
}

export function Works({ columns, notes }: { columns: number; notes: readonly string[] }) {
  const { t } = useTranslation("sources");
  return (
    <p className="found" role="status">
      <strong>{t("setup.works", { count: columns })}</strong> {notes.join(" ")}
    </p>
  );
}

export function Schedule({ minutes, onChange, isDisabled }: { minutes: number; onChange: (minutes: number) => void; isDisabled: boolean }) {
  const { t } = useTranslation("sources");
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

export function SaveButton({ save, onRun }: { save: { isPending: boolean; error: unknown }; onRun?: () => void }) {
  const { t } = useTranslation("sources");
  const mayWrite = useMay("imports:write");
  if (!mayWrite) return null;
  return (
    <>
      {save.error !== null && <ErrorNote error={save.error} />}
      <div className="source-buttons">
        {onRun && (
          <Button type="primary" onClick={onRun} loading={save.isPending}>
            {t("setup.saveAndRun")}
          </Button>
        )}
        <Button type={onRun ? "default" : "primary"} htmlType="submit" loading={save.isPending}>
          {t("setup.save")}
        </Button>
      </div>
    </>
  );
}
