/** One channel: its settings, a try, its health, and what to enter in the sender's domain. */
import { CopyOutlined } from "@ant-design/icons";
import { App, Button, Input, Modal, Popconfirm, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { ChannelForm, type Channel } from "./ChannelForm";
import { LastWords, Verdict, WeekFigures } from "./Health";
import { TestDialog } from "./TestDialog";
import "./delivery.css";

export function Component() {
  const { name } = useParams();
  return name === undefined ? <Fresh /> : <Kept name={name} />;
}

function Fresh() {
  const { t } = useTranslation("delivery");
  const go = useNavigate();
  return (
    <Page title={t("channels.new")} lead={t("channel.newLead")} width="narrow">
      <Section title={t("channel.settings")}>
        <ChannelForm onSaved={(made) => void go(`/channels/${made.name}`, { replace: true })} />
      </Section>
    </Page>
  );
}

function Kept({ name }: { name: string }) {
  const asked = api.useQuery("get", "/api/channels/{name}", { params: { path: { name } } }, { refetchOnWindowFocus: false });
  return <Answer of={asked}>{(channel) => <Whole channel={channel} />}</Answer>;
}

function Whole({ channel }: { channel: Channel }) {
  const { t } = useTranslation("delivery");
  const { message } = App.useApp();
  const mayWrite = useMay("delivery:write");
  const [isTesting, test] = useState(false);
  const actions = mayWrite && (
    <>
      <PauseButton channel={channel} />
      <Button type="primary" onClick={() => test(true)}>
        {t("channel.test")}
      </Button>
    </>
  );
  return (
    <Page title={channel.name} lead={<Verdict health={channel.health} />} actions={actions} help={<><p>{t("channel.help.secrets")}</p><p>{t("channel.help.feedback")}</p></>}>
      <div className="channel-page">
        <div>
          <Section title={t("channel.settings")}>
            <ChannelForm key={channel.version} channel={channel} onSaved={() => void message.success(t("saved"))} />
          </Section>
          {mayWrite && <Remove channel={channel} />}
        </div>
        <div>
          <Section title={t("channel.week")}>
            <WeekFigures health={channel.health} />
            <LastWords health={channel.health} />
          </Section>
          <Tests name={channel.name} />
          <Feedback channel={channel} />
          <Dns name={channel.name} />
        </div>
      </div>
      {isTesting && <TestDialog channel={channel.name} onClose={() => test(false)} />}
    </Page>
  );
}

function PauseButton({ channel }: { channel: Channel }) {
  const { t } = useTranslation("delivery");
  const [isAsking, ask] = useState(false);
  const [reason, setReason] = useState("");
  const done = {
    onSuccess: () => {
      ask(false);
      void refresh("/api/channels");
    },
  };
  const pause = api.useMutation("post", "/api/channels/{name}/pause", done);
  const resume = api.useMutation("post", "/api/channels/{name}/resume", done);
  const params = { path: { name: channel.name } };
  const submit = () => pause.mutate({ params, body: { reason } });
  if (!channel.enabled || channel.health.state === "resting")
    return (
      <Button onClick={() => (channel.enabled ? ask(true) : resume.mutate({ params }))} loading={resume.isPending}>
        {channel.enabled ? t("channel.pause") : t("channel.resume")}
      </Button>
    );
  return (
    <>
      <Button onClick={() => ask(true)}>{t("channel.pause")}</Button>
      <Modal open={isAsking} title={t("channel.pauseSure", { name: channel.name })} onCancel={() => ask(false)} onOk={submit} okText={t("channel.pause")} cancelText={t("cancel")} confirmLoading={pause.isPending}>
        {pause.error && <ErrorNote error={pause.error} />}
        <p>{t("channel.pauseText")}</p>
        <Input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={300} placeholder={t("channel.pauseWhy")} aria-label={t("channel.pauseWhy")} onPressEnter={submit} />
      </Modal>
    </>
  );
}

function Tests({ name }: { name: string }) {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const { now } = useCompany();
  const asked = api.useQuery("get", "/api/channels/{name}/tests", { params: { path: { name } } });
  if (!asked.data?.length) return null;
  return (
    <Section title={t("tests.title")}>
      <ul className="tests">
        {asked.data.map((one) => (
          <li key={`${one.at}${one.address}`}>
            <span>
              {one.address} <Tag>{t(`receipt.${one.status}`, { defaultValue: one.status }) /* keys: receipt.* */}</Tag>
              {one.detail && <small>{one.detail}</small>}
            </span>
            <time dateTime={one.at}>{formats.when(one.at, now())}</time>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Feedback({ channel }: { channel: Channel }) {
  const { t } = useTranslation("delivery");
  return (
    <Section title={t("feedback.title")}>
      <p className="soft">{channel.plugin === "smtp" ? t("feedback.mail") : t("feedback.hook")}</p>
      <Copied text={channel.plugin === "smtp" ? channel.hook_url.replace("?token=", "/raw?token=") : channel.hook_url} />
    </Section>
  );
}

type DnsEntry = components["schemas"]["DnsEntryOut"];

function Dns({ name }: { name: string }) {
  const { t } = useTranslation("delivery");
  const asked = api.useQuery("get", "/api/channels/{name}/dns", { params: { path: { name } } });
  if (!asked.data?.length) return null;
  return (
    <Section title={t("dns.title")}>
      <p className="soft">{t("dns.text")}</p>
      <ul className="dns">
        {asked.data.map((entry: DnsEntry) => (
          <li key={entry.kind}>
            <strong>{entry.kind}</strong>
            <p>{entry.why}</p>
            <Copied text={entry.host} label={t("dns.host", { type: entry.type })} />
            <Copied text={entry.value} label={t("dns.value")} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Copied({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation("delivery");
  const { message } = App.useApp();
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => void message.success(t("copied")),
      () => void message.info(t("copyFailed")),
    );
  return (
    <span className="copied">
      {label !== undefined && <span className="soft">{label}</span>}
      <code>{text}</code>
      <Button type="text" size="small" icon={<CopyOutlined />} onClick={copy} aria-label={t("copy", { text: label ?? text })} />
    </span>
  );
}

function Remove({ channel }: { channel: Channel }) {
  const { t } = useTranslation("delivery");
  const go = useNavigate();
  const remove = api.useMutation("delete", "/api/channels/{name}", {
    onSuccess: () => {
      void refresh("/api/channels");
      void go("/channels", { replace: true });
    },
  });
  return (
    <Section title={t("remove.title")}>
      {remove.error && <ErrorNote error={remove.error} />}
      <p className="soft">{t("remove.text")}</p>
      <Popconfirm title={t("remove.sure", { name: channel.name })} okText={t("remove.go")} cancelText={t("cancel")} onConfirm={() => remove.mutate({ params: { path: { name: channel.name } } })}>
        <Button danger>{t("remove.go")}</Button>
      </Popconfirm>
    </Section>
  );
}
