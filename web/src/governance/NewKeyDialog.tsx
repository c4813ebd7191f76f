/** Make an API key: who will use it, for what; then its text, this once. */
import { Alert, Button, Checkbox, Form, Input, Modal, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { Answer, ErrorNote } from "@/ui/States";
import { Secret } from "./Secret";
import "./new-key.css";

type Wanted = components["schemas"]["ApiKeyIn"];

export function NewKeyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("governance");
  return (
    <Modal open={isOpen} onCancel={onClose} title={t("keys.new")} footer={null} destroyOnHidden width={640} mask={{ closable: false }}>
      <NewKeyBody onClose={onClose} />
    </Modal>
  );
}

function NewKeyBody({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("governance");
  const [form] = Form.useForm<Wanted>();
  const kind = Form.useWatch("kind", form) ?? "api";
  const scopes = api.useQuery("get", "/api/scopes");
  const make = api.useMutation("post", "/api/api-keys", { onSuccess: () => void refresh("/api/api-keys") });
  if (make.data)
    return (
      <>
        <Alert type="success" showIcon title={t("keys.made", { name: make.data.name })} description={t("keys.once")} />
        <div className="new-key-gap" />
        <Secret text={make.data.key} label={t("keys.key")} />
        <div className="dialog-foot">
          <Button type="primary" onClick={onClose}>
            {t("keys.kept")}
          </Button>
        </div>
      </>
    );
  return (
    <Form<Wanted>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ name: "", kind: "api", scopes: [] }}
      onFinish={(wanted) => make.mutate({ body: { ...wanted, scopes: wanted.scopes ?? [] } })}
      validateTrigger="onSubmit"
    >
      {make.error && <ErrorNote error={make.error} />}
      <Form.Item name="name" label={t("keys.who")} rules={[{ required: true, whitespace: true, message: t("keys.whoMissing") }]}>
        <Input autoFocus maxLength={200} placeholder={t("keys.whoExample")} />
      </Form.Item>
      <Form.Item name="kind" label={t("keys.kind")}>
        <Radio.Group className="new-key-kinds">
          <Radio value="api">{t("keys.api")}</Radio>
          <Radio value="write">{t("keys.write")}</Radio>
        </Radio.Group>
      </Form.Item>
      {kind === "api" && (
        <Answer of={scopes}>
          {(found) => (
            <Form.Item name="scopes" label={t("keys.may")} rules={[{ required: true, message: t("keys.mayMissing") }]}>
              <Checkbox.Group className="new-key-scopes">
                {found.map((scope) => (
                  <Checkbox key={scope.name} value={scope.name}>
                    <span>{scope.meaning}</span> <code>{scope.name}</code>
                  </Checkbox>
                ))}
              </Checkbox.Group>
            </Form.Item>
          )}
        </Answer>
      )}
      <div className="dialog-foot">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="primary" htmlType="submit" loading={make.isPending}>
          {t("keys.do")}
        </Button>
      </div>
    </Form>
  );
}
