/** The company: what it is called, counts in, sleeps by, and looks like. */
import { App, Button, Form, Input, Select, Switch, TimePicker } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, fetcher, queries, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { LANGUAGES } from "@/ui/i18n";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { BrandFields } from "./BrandFields";
import { useCurrencies, useTimeZones } from "./zones";
import type { Company } from "./types";
import "./settings.css";

type Changes = components["schemas"]["CompanyIn"];

export function Component() {
  const { t } = useTranslation("governance");
  const company = api.useQuery("get", "/api/company", {}, { refetchOnWindowFocus: false });
  return (
    <Page title={t("company.title")} lead={t("company.lead")} help={<><p>{t("company.help.address")}</p><p>{t("company.help.quiet")}</p></>}>
      <Answer of={company} rows={10}>
        {(found) => <CompanyForm loaded={found} />}
      </Answer>
    </Page>
  );
}

/** The company as this form last knew it: a save tells its version, so that nobody's change is overwritten unseen. */
function useSave(loaded: Company) {
  const { t } = useTranslation("governance");
  const { message } = App.useApp();
  const [form] = Form.useForm<Changes>();
  const [base, setBase] = useState(loaded);
  const save = api.useMutation("patch", "/api/company");
  const take = (fresh: Company) => {
    setBase(fresh);
    void refresh("/api/me");
  };
  const submit = async (changes: Changes) => {
    const fresh = await save.mutateAsync({ body: { ...changes, version: base.version } });
    take(fresh);
    queries.setQueryData(["get", "/api/company", {}], fresh);
    void message.success(t("saved"));
  };
  const reload = async () => {
    const { data } = await fetcher.GET("/api/company");
    if (!data) return;
    take(data);
    form.setFieldsValue(data);
    save.reset();
  };
  const body = save.error instanceof ApiError ? save.error.body : undefined;
  const at = (field: string) => (body?.field === field ? { validateStatus: "error" as const, help: [body.message, body.remedy].filter(Boolean).join(" ") } : {});
  return { form, base, take, save, submit, reload, at, isReplaced: body?.field === "version" };
}

const clock = {
  getValueProps: (value: string) => ({ value: value ? dayjs(value, "HH:mm") : null }),
  normalize: (value: dayjs.Dayjs | null) => value?.format("HH:mm") ?? "",
};

function CompanyForm({ loaded }: { loaded: Company }) {
  const { t } = useTranslation("governance");
  const may = useMay("settings:write");
  const { form, base, take, save, submit, reload, at, isReplaced } = useSave(loaded);
  const zones = useTimeZones();
  const currencies = useCurrencies();
  return (
    <Form<Changes> form={form} layout="vertical" requiredMark={false} disabled={!may} initialValues={loaded} onFinish={(changes) => void submit(changes).catch(() => undefined)}>
      {save.error && <ErrorNote error={save.error} />}
      {isReplaced && (
        <p>
          <Button onClick={() => void reload()}>{t("company.reload")}</Button>
        </p>
      )}
      <Section title={t("company.basics")}>
        <div className="settings-grid">
          <Form.Item name="name" label={t("company.name")} {...at("name")}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="language" label={t("company.language")} extra={t("company.languageText")}>
            <Select options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} />
          </Form.Item>
          <Form.Item name="currency" label={t("company.currency")} extra={t("company.currencyText")} {...at("currency")}>
            <Select showSearch={{ optionFilterProp: "label" }} options={currencies} />
          </Form.Item>
          <Form.Item name="timezone" label={t("company.timezone")} extra={t("company.timezoneText")} {...at("timezone")}>
            <Select showSearch options={zones} />
          </Form.Item>
          <Form.Item name="quiet_start" label={t("company.quietStart")} extra={t("company.quietText")} {...at("quiet_start")} {...clock}>
            <TimePicker format="HH:mm" minuteStep={15} needConfirm={false} />
          </Form.Item>
          <Form.Item name="quiet_end" label={t("company.quietEnd")} {...at("quiet_end")} {...clock}>
            <TimePicker format="HH:mm" minuteStep={15} needConfirm={false} />
          </Form.Item>
        </div>
      </Section>
      <Section title={t("company.sender")}>
        <BrandFields company={base} at={at} onLogo={take} />
      </Section>
      <Section title={t("security.title")}>
        <Form.Item name="second_factor_required" valuePropName="checked" label={t("company.factor")} extra={t("company.factorText")}>
          <Switch />
        </Form.Item>
      </Section>
      {may ? (
        <div className="settings-foot">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("company.save")}
          </Button>
        </div>
      ) : (
        <p className="soft">{t("company.ownerOnly")}</p>
      )}
    </Form>
  );
}
