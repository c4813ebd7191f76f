/** A new connection: what kind of source, what to call it, how to reach it. Mapping and rules come behind the test. */
import { ApiOutlined, CloudServerOutlined, DatabaseOutlined, FileTextOutlined, LinkOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, ApiError, refresh } from "@/api/client";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { Labelled, SettingFields } from "./SettingFields";
import { faultOf, type Setting, type Values } from "./types";
import "./sources.css";

const ICONS: Record<string, React.ReactNode> = { files: <FileTextOutlined />, sql: <DatabaseOutlined />, http: <CloudServerOutlined />, webhook: <LinkOutlined /> };
const SECRET_BYTES = 32;

export function Component() {
  const { t } = useTranslation("sources");
  const kinds = api.useQuery("get", "/api/sources/kinds");
  const [plugin, setPlugin] = useState<string>();
  // keys: plugin.* about.*
  return (
    <Page title={t("new.title")} lead={t("new.lead")} width="narrow" help={<p>{t("new.help")}</p>}>
      <Answer of={kinds}>
        {(known) => (
          <>
            <div className="source-kinds" role="radiogroup" aria-label={t("new.kind")}>
              {known.map(({ name }) => (
                <button key={name} type="button" role="radio" aria-checked={plugin === name} className="source-kind" onClick={() => setPlugin(name)}>
                  <span className="source-kind-icon">{ICONS[name] ?? <ApiOutlined />}</span>
                  <strong>{t(`plugin.${name}`, { defaultValue: name })}</strong>
                  <span>{t(`about.${name}`, { defaultValue: "" })}</span>
                </button>
              ))}
            </div>
            {plugin !== undefined && <SetUp key={plugin} plugin={plugin} settings={known.find((one) => one.name === plugin)?.settings ?? []} />}
          </>
        )}
      </Answer>
    </Page>
  );
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

function SetUp({ plugin, settings }: { plugin: string; settings: readonly Setting[] }) {
  const { t } = useTranslation("sources");
  const go = useNavigate();
  const id = useId();
  const mayOpen = useMay("settings:write");
  const [name, setName] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [values, setValues] = useState<Values>((): Values => (plugin === "webhook" ? { secret: newSecret() } : {}));
  const create = api.useMutation("post", "/api/connections", {
    onSuccess: (made) => {
      void refresh("/api/connections");
      void go(`/sources/${made.id}?tab=setup`);
    },
  });
  const isAtField = create.error instanceof ApiError && typeof create.error.body.field === "string";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ body: { name, plugin, settings: values, allow_private: isPrivate, target: "customers", schedule_minutes: 0 } });
      }}
    >
      <Section title={t("new.settings")}>
        <Labelled id={id} label={t("new.name")} isRequired help={t("new.nameHelp")} fault={faultOf(create.error, "name")}>
          <Input id={id} value={name} onChange={(event) => setName(event.target.value)} maxLength={200} />
        </Labelled>
        <SettingFields settings={settings} values={values} onChange={setValues} error={create.error} />
        {plugin === "webhook" && <p className="soft">{t("new.secretOnce")}</p>}
        {mayOpen && (plugin === "sql" || plugin === "http") && (
          <Checkbox checked={isPrivate} onChange={(event) => setPrivate(event.target.checked)}>
            {t("setup.private")}
          </Checkbox>
        )}
        {create.error !== null && !isAtField && <ErrorNote error={create.error} />}
      </Section>
      <div className="source-buttons">
        <Button type="primary" htmlType="submit" loading={create.isPending}>
          {t("new.create")}
        </Button>
        <LinkButton to="/sources">{t("cancel")}</LinkButton>
      </div>
    </form>
  );
}
