/** Send a test message to an address: a variant as it is saved, or a plain line. Marked as a test, outside every campaign. */
import { Alert, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { CustomerPicker, type Picked } from "@/customers/CustomerPicker";
import { useMe } from "@/ui/me";
import { ErrorNote, FailureNote } from "@/ui/States";

interface Props {
  channel: string;
  variantId?: number;
  onClose: () => void;
}

export function TestDialog({ channel, variantId, onClose }: Props) {
  const { t } = useTranslation("delivery");
  const me = useMe();
  const [address, setAddress] = useState(channel === "email" ? me.email : "");
  const [variant, setVariant] = useState<number | undefined>(variantId);
  const [customer, setCustomer] = useState<Picked>();
  const templates = api.useQuery("get", "/api/templates", { params: { query: { limit: 100 } } });
  const send = api.useMutation("post", "/api/channels/{name}/test", { onSuccess: () => void refresh("/api/channels") });
  const options = (templates.data?.items ?? [])
    .filter((template) => template.channel === channel)
    .map((template) => ({ label: template.name, options: template.variants.map((one) => ({ value: one.id, label: `${template.name} · ${one.name}${one.language ? ` (${one.language})` : ""}` })) }));
  const submit = () =>
    send.mutate({ params: { path: { name: channel } }, body: { address: address.trim(), ...(variant !== undefined && { variant_id: variant, ...(customer && { customer_id: customer.id }) }) } });
  const answer = send.data;
  return (
    <Modal open title={t("test.title", { channel })} onCancel={onClose} onOk={submit} okText={t("test.send")} cancelText={t("test.close")} confirmLoading={send.isPending} okButtonProps={{ disabled: address.trim() === "" }}>
      <p className="soft">{t("test.text")}</p>
      <Form layout="vertical" onFinish={submit}>
        <Form.Item label={t("test.address")} htmlFor="test-address">
          <Input id="test-address" autoFocus value={address} onChange={(event) => setAddress(event.target.value)} maxLength={500} type={channel === "email" ? "email" : "text"} />
        </Form.Item>
        <Form.Item label={t("test.variant")}>
          <Select allowClear value={variant} onChange={setVariant} options={options} placeholder={t("test.plain")} aria-label={t("test.variant")} showSearch={{ optionFilterProp: "label" }} />
        </Form.Item>
        {variant !== undefined && (
          <Form.Item label={t("test.as")}>
            <CustomerPicker value={customer} onChange={setCustomer} placeholder={t("test.nobody")} />
          </Form.Item>
        )}
      </Form>
      {send.error && <ErrorNote error={send.error} />}
      {answer && (answer.fault ? <FailureNote failure={{ message: answer.fault.cause, remedy: answer.fault.remedy, safe: t("test.safe"), technical: answer.fault.words }} /> : <Alert type="success" showIcon title={t("test.done")} description={answer.detail || answer.provider_id || undefined} />)}
    </Modal>
  );
}
