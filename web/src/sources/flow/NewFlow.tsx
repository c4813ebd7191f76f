/** A new connection or export: first its kind, then its name and how to reach it. */
import { ApiOutlined, CloudServerOutlined, DatabaseOutlined, FileTextOutlined, LinkOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { LinkButton } from "@/ui/LinkButton";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { Labelled, SettingFields } from "../SettingFields";
import { faultOf, type Setting, type Values } from "../types";
import { PrivateChoice } from "./Reach";
import "../sources.css";

const ICONS: Record<string, ReactNode> = { files: <FileTextOutlined />, sql: <DatabaseOutlined />, http: <CloudServerOutlined />, webhook: <LinkOutlined /> };
const SECRET_BYTES = 32;

interface Kind {
  name: string;
  label: string;
  about: string;
}

export function KindChoice({ kinds, label, chosen, onChoose }: { kinds: Kind[]; label: string; chosen: string | undefined; onChoose: (name: string) => void }) {
  return (
    <div className="source-kinds" role="radiogroup" aria-label={label}>
      {kinds.map((kind) => (
        <button key={kind.name} type="button" role="radio" aria-checked={chosen === kind.name} className="source-kind" onClick={() => onChoose(kind.name)}>
          <span className="source-kind-icon">{ICONS[kind.name] ?? <ApiOutlined />}</span>
          <strong>{kind.label}</strong>
          <span>{kind.about}</span>
        </button>
      ))}
    </div>
  );
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

export interface NewSettings {
  name: string;
  settings: Values;
  allow_private: boolean;
}

interface Props {
  plugin: string;
  settings: readonly Setting[];
  home: string;
  words: { nameHelp: string; secretOnce: string; create: string };
  canBePrivate: boolean;
  isReady?: boolean;
  create: { error: unknown; isPending: boolean };
  onCreate: (made: NewSettings) => void;
  /** More that must be said, beside the name. */
  children?: ReactNode;
}

export function NewFlow({ plugin, settings, home, words, canBePrivate, isReady = true, create, onCreate, children }: Props) {
  const { t } = useTranslation("sources");
  const id = useId();
  const [name, setName] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [values, setValues] = useState<Values>((): Values => (plugin === "webhook" ? { secret: newSecret() } : {}));
  const isAtField = create.error instanceof ApiError && typeof create.error.body.field === "string";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onCreate({ name, settings: values, allow_private: isPrivate });
      }}
    >
      <Section title={t("new.settings")}>
        <div className="setting-fields">
          <Labelled id={id} label={t("new.name")} isRequired help={words.nameHelp} fault={faultOf(create.error, "name")}>
            <Input id={id} value={name} onChange={(event) => setName(event.target.value)} maxLength={200} />
          </Labelled>
          {children}
        </div>
        <SettingFields settings={settings} values={values} onChange={setValues} error={create.error} />
        {plugin === "webhook" && <p className="soft">{words.secretOnce}</p>}
        {canBePrivate && <PrivateChoice value={isPrivate} onChange={setPrivate} />}
        {create.error !== null && !isAtField && <ErrorNote error={create.error} />}
      </Section>
      <div className="source-buttons">
        <Button type="primary" htmlType="submit" loading={create.isPending} disabled={!isReady}>
          {words.create}
        </Button>
        <LinkButton to={home}>{t("cancel")}</LinkButton>
      </div>
    </form>
  );
}
