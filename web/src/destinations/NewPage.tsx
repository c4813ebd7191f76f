/** A new export: to what kind of destination, what it sends, what to call it, how to reach it. */
import { ApiOutlined, DatabaseOutlined, FileTextOutlined, LinkOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, ApiError, refresh } from "@/api/client";
import { Labelled, SettingFields } from "@/sources/SettingFields";
import { faultOf, type Setting, type Values } from "@/sources/types";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { Subject, type SubjectValue } from "./Subject";
import "@/sources/sources.css";
import "./destinations.css";

const ICONS: Record<string, React.ReactNode> = { files: <FileTextOutlined />, sql: <DatabaseOutlined />, webhook: <LinkOutlined /> };
const SECRET_BYTES = 32;

export function Component() {
  const { t } = useTranslation("destinations");
  const kinds = api.useQuery("get", "/api/destinations/kinds");
  const [plugin, setPlugin] = useState<string>();
  // keys: plugin.* about.*
  return (
    <Page title={t("new.title")} lead={t("new.lead")} width="narrow" help={<p>{t("new.help")}</p>}>
      <Answer of={kinds}>
        {(known) => (
          <>
            <div className="destination-kinds" role="radiogroup" aria-label={t("new.kind")}>
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
  const { t } = useTranslation("destinations");
  const go = useNavigate();
  const id = useId();
  const mayOpen = useMay("settings:write");
  const [name, setName] = useState("");
  const [subject, setSubject] = useState<SubjectValue>({ what: "customers", of: null });
  const [isPrivate, setPrivate] = useState(false);
  const [values, setValues] = useState<Values>((): Values => (plugin === "webhook" ? { secret: newSecret() } : {}));
  const create = api.useMutation("post", "/api/exports", {
    onSuccess: (made) => {
      void refresh("/api/exports");
      void go(`/destinations/${made.id}?tab=setup`);
    },
  });
  const isAtField = create.error instanceof ApiError && typeof create.error.body.field === "string";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ body: { name, plugin, ...subject, settings: values, columns: {}, allow_private: isPrivate, schedule_minutes: 0 } });
      }}
    >
      <Section title={t("new.settings")}>
        <div className="destination-subject">
          <Labelled id={id} label={t("new.name")} isRequired help={t("new.nameHelp")} fault={faultOf(create.error, "name")}>
            <Input id={id} value={name} onChange={(event) => setName(event.target.value)} maxLength={200} />
          </Labelled>
          <Subject value={subject} onChange={setSubject} />
        </div>
        <SettingFields settings={settings} values={values} onChange={setValues} error={create.error} />
        {plugin === "webhook" && <p className="soft">{t("new.secretOnce")}</p>}
        {mayOpen && plugin !== "files" && (
          <Checkbox checked={isPrivate} onChange={(event) => setPrivate(event.target.checked)}>
            {t("setup.private")}
          </Checkbox>
        )}
        {create.error !== null && !isAtField && <ErrorNote error={create.error} />}
      </Section>
      <div className="destination-buttons">
        <Button type="primary" htmlType="submit" loading={create.isPending} disabled={subject.what !== "customers" && subject.of === null}>
          {t("new.create")}
        </Button>
        <LinkButton to="/destinations">{t("cancel")}</LinkButton>
      </div>
    </form>
  );
}
