/** Invite somebody: e-mail and role; then the link to hand over. */
import { Alert, Button, Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ApiError, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { ErrorNote } from "@/ui/States";
import { roleChoice } from "./roleChoice";
import { ROLES } from "./roles";
import { Secret } from "./Secret";

type Wanted = components["schemas"]["InvitationIn"];

export function InviteDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("governance");
  return (
    <Modal open={isOpen} onCancel={onClose} title={t("invite.title")} footer={null} destroyOnHidden>
      <InviteBody onClose={onClose} />
    </Modal>
  );
}

function InviteBody({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("governance");
  const invite = api.useMutation("post", "/api/invitations", { onSuccess: () => void refresh("/api/invitations") });
  if (invite.data)
    return (
      <>
        <Alert type="success" showIcon title={invite.data.mailed ? t("invite.mailed", { email: invite.data.email }) : t("invite.made", { email: invite.data.email })} />
        <p className="soft">{invite.data.mailed ? t("invite.mailedText") : t("invite.madeText")}</p>
        <Secret text={invite.data.link} label={t("invite.link")} />
        <div className="dialog-foot">
          <Button onClick={() => invite.reset()}>{t("invite.another")}</Button>
          <Button type="primary" onClick={onClose}>
            {t("done")}
          </Button>
        </div>
      </>
    );
  const body = invite.error instanceof ApiError ? invite.error.body : undefined;
  const atEmail = body?.field === "email" ? { validateStatus: "error" as const, help: [body.message, body.remedy].filter(Boolean).join(" ") } : {};
  return (
    <Form<Wanted> layout="vertical" requiredMark={false} initialValues={{ role: "marketer" }} onFinish={(wanted) => invite.mutate({ body: wanted })} validateTrigger="onSubmit">
      {invite.error && !body?.field && <ErrorNote error={invite.error} />}
      <Form.Item name="email" label={t("field.email")} rules={[{ required: true, message: t("field.emailMissing") }]} {...atEmail}>
        <Input type="email" autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </Form.Item>
      <Form.Item name="role" label={t("people.role")}>
        <Select
          options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`), text: t(`roleText.${role}`) }))}
          optionRender={roleChoice}
        />
      </Form.Item>
      <div className="dialog-foot">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="primary" htmlType="submit" loading={invite.isPending}>
          {t("invite.do")}
        </Button>
      </div>
    </Form>
  );
}
