/** Oneself: name, language, look, time zone. */
import { App, Button, Form, Input, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ApiError, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { isLanguage, LANGUAGES, speak } from "@/ui/i18n";
import { useMe } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { useScheme } from "@/ui/scheme";
import { ErrorNote } from "@/ui/States";
import { useTimeZones } from "./zones";

type Changes = components["schemas"]["MeIn"];

export function Component() {
  const { t } = useTranslation("governance");
  const me = useMe();
  return (
    <Page title={t("profile.title")} lead={t("profile.lead")} width="narrow" help={<p>{t("profile.help")}</p>}>
      <Section title={t("profile.you")}>
        <dl className="facts">
          <dt>{t("field.email")}</dt>
          <dd>{me.email}</dd>
          <dt>{t("people.role")}</dt>
          <dd>
            {t(`role.${me.role}`)} <span className="soft">{t(`roleText.${me.role}`)}</span>
          </dd>
        </dl>
      </Section>
      <Section title={t("profile.choices")}>
        <ProfileForm />
      </Section>
    </Page>
  );
}

function ProfileForm() {
  const { t, i18n } = useTranslation("governance");
  const me = useMe();
  const { choose } = useScheme();
  const { message } = App.useApp();
  const zones = useTimeZones();
  const save = api.useMutation("patch", "/api/me");
  const submit = async (changes: Changes) => {
    await save.mutateAsync({ body: changes });
    choose(changes.theme ?? "system");
    if (isLanguage(changes.language) && changes.language !== i18n.language) await speak(changes.language);
    await refresh("/api/me");
    void message.success(t("saved"));
  };
  const language = me.language || i18n.language;
  const field = save.error instanceof ApiError ? save.error.body.field : undefined;
  return (
    <Form<Changes>
      layout="vertical"
      className="settings-form"
      requiredMark={false}
      initialValues={{ name: me.name, language, theme: me.theme, timezone: me.timezone }}
      onFinish={(changes) => void submit(changes).catch(() => undefined)}
    >
      {save.error && <ErrorNote error={save.error} />}
      <Form.Item name="name" label={t("field.name")} {...(field === "name" ? { validateStatus: "error" as const } : {})}>
        <Input maxLength={200} autoComplete="name" />
      </Form.Item>
      <Form.Item name="language" label={t("profile.language")}>
        <Segmented options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label: <span lang={value}>{label}</span> }))} aria-label={t("profile.language")} />
      </Form.Item>
      <Form.Item name="theme" label={t("profile.look")}>
        <Segmented options={(["system", "light", "dark"] as const).map((value) => ({ value, label: t(`look.${value}`) }))} aria-label={t("profile.look")} />
      </Form.Item>
      <Form.Item name="timezone" label={t("profile.timezone")} extra={t("profile.timezoneText", { zone: me.company.timezone })}>
        <Select showSearch options={[{ value: "", label: t("profile.companyZone", { zone: me.company.timezone }) }, ...zones]} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t("save")}
      </Button>
    </Form>
  );
}
