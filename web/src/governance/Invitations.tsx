/** Invitations that wait to be accepted. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { CopyButton } from "./Secret";

export function Invitations() {
  const { t } = useTranslation("governance");
  const { when } = useFormats();
  const may = useMay("users:write");
  const open = api.useQuery("get", "/api/invitations");
  const revoke = api.useMutation("delete", "/api/invitations/{invitation_id}", { onSettled: () => void refresh("/api/invitations") });
  if (open.error) return <ErrorNote error={open.error} />;
  if (!open.data?.length) return null;
  return (
    <Section title={t("invite.open_list")}>
      {revoke.error && <ErrorNote error={revoke.error} />}
      <ul className="invitations">
        {open.data.map((invitation) => (
          <li key={invitation.id}>
            <span className="people-who">
              <strong>{invitation.email}</strong>
              <span>{t("invite.words", { role: t(`role.${invitation.role}`), when: when(invitation.expires_at, new Date()) })}</span>
            </span>
            {may && (
              <span className="invitations-actions">
                <CopyButton text={invitation.link} label={t("invite.copy")} />
                <Button onClick={() => revoke.mutate({ params: { path: { invitation_id: invitation.id } } })}>{t("invite.revoke")}</Button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
