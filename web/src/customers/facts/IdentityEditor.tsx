/** Add a name by which a customer is recognised, or take one off. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Popconfirm, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { StaleNote, staleOf } from "@/ui/Stale";
import { ErrorNote } from "@/ui/States";
import type { Customer } from "../types";
import { useUndo } from "./useUndo";

const KINDS = ["email", "phone", "user_id", "device", "openid", "unionid", "anonymous_id"] as const;
interface Words {
  kind: (typeof KINDS)[number];
  value: string;
}

function useChange(id: number) {
  const path = { customer_id: id };
  const onSuccess = () => {
    void refresh("/api/customers");
    void refresh("/api/identity");
  };
  const add = api.useMutation("post", "/api/customers/{customer_id}/identities", { onSuccess });
  const remove = api.useMutation("post", "/api/customers/{customer_id}/identities/remove", { onSuccess });
  return { add, remove, path };
}

export function AddIdentity({ customer }: { customer: Customer }) {
  const { t } = useTranslation("facts");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" type="text" icon={<PlusOutlined />} onClick={() => setOpen(true)}>
        {t("identity.add")}
      </Button>
      {isOpen && <AddDialog customer={customer} onClose={() => setOpen(false)} />}
    </>
  );
}

function AddDialog({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const { t } = useTranslation("facts");
  const { t: words } = useTranslation("customers");
  const [form] = Form.useForm<Words>();
  const undoable = useUndo();
  const { add, remove, path } = useChange(customer.id);
  const save = (said: Words, version = customer.version) =>
    add.mutate(
      { params: { path }, body: { ...said, version } },
      {
        onSuccess: (told) => {
          undoable(t("identity.added"), () => remove.mutateAsync({ params: { path }, body: { ...said, version: told.version } }));
          onClose();
        },
      },
    );
  const stale = staleOf(add.error);
  const theirs = () => {
    void refresh("/api/customers");
    onClose();
  };
  // keys: customers:identity.*
  return (
    <Modal open title={t("identity.add")} okText={t("save")} cancelText={t("cancel")} confirmLoading={add.isPending} onOk={() => form.submit()} onCancel={onClose}>
      {stale && <StaleNote stale={stale} onTheirs={theirs} onMine={(version) => save(form.getFieldsValue(), version)} />}
      {add.error && !stale && <ErrorNote error={add.error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={{ kind: "email" }} onFinish={(said) => save(said)}>
        <Form.Item<Words> name="kind" label={t("identity.kind")}>
          <Select options={KINDS.map((value) => ({ value, label: words(`identity.${value}`) }))} />
        </Form.Item>
        <Form.Item<Words> name="value" label={t("identity.value")} rules={[{ required: true, message: t("identity.valueMissing") }]}>
          <Input maxLength={512} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

export function RemoveIdentity({ customer, kind, value, label }: { customer: Customer; kind: string; value: string; label: string }) {
  const { t } = useTranslation("facts");
  const undoable = useUndo();
  const { add, remove, path } = useChange(customer.id);
  const [isOpen, setOpen] = useState(false);
  const go = () =>
    remove.mutate(
      { params: { path }, body: { kind, value, version: customer.version } },
      { onSuccess: (told) => undoable(t("identity.removed", { value }), () => add.mutateAsync({ params: { path }, body: { kind, value, version: told.version } })) },
    );
  return (
    <>
      <Popconfirm title={t("identity.sure")} open={isOpen} onOpenChange={setOpen} okText={t("remove")} cancelText={t("cancel")} onConfirm={go}>
        <Button className="facts-remove" type="text" size="small" icon={<DeleteOutlined />} loading={remove.isPending} aria-label={t("identity.remove", { what: label })} title={t("identity.remove", { what: label })} />
      </Popconfirm>
      {remove.error && (
        <Modal open title={t("identity.remove", { what: label })} footer={null} onCancel={() => remove.reset()}>
          <ErrorNote error={remove.error} />
        </Modal>
      )}
    </>
  );
}
