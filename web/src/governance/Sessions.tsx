/** Where one is signed in, and how to end it from here. */
import { DesktopOutlined, MobileOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";

const HANDHELD = /iPhone|iPad|Android/;

export function Sessions() {
  const { t } = useTranslation("governance");
  const { when } = useFormats();
  const sessions = api.useQuery("get", "/api/sessions", {}, { refetchInterval: 60_000 });
  const told = { onSettled: () => void refresh("/api/sessions") };
  const end = api.useMutation("delete", "/api/sessions/{session_id}", told);
  const endOthers = api.useMutation("post", "/api/sessions/end-others", told);
  const others = sessions.data?.filter((session) => !session.is_current).length ?? 0;
  const extra = others > 0 && (
    <Button size="small" danger onClick={() => endOthers.mutate({})} loading={endOthers.isPending}>
      {t("sessions.endOthers")}
    </Button>
  );
  return (
    <Section title={t("sessions.title")} extra={extra}>
      {end.error && <ErrorNote error={end.error} />}
      <Answer of={sessions}>
        {(found) => (
          <ul className="security-list">
            {found.map((session) => (
              <li key={session.id} className="security-row">
                <span className="security-icon">{HANDHELD.test(session.device) ? <MobileOutlined /> : <DesktopOutlined />}</span>
                <div className="security-words">
                  <strong>
                    {session.device || t("sessions.unknown")} {session.is_current && <span className="security-here">{t("sessions.here")}</span>}
                  </strong>
                  <span>
                    {t("sessions.words", { address: session.address, since: when(session.started_at, new Date()), active: when(session.last_active_at, new Date()) })}
                  </span>
                </div>
                {!session.is_current && (
                  <Button size="small" onClick={() => end.mutate({ params: { path: { session_id: session.id } } })}>
                    {t("sessions.end")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Answer>
      <p className="security-note">{t("sessions.note")}</p>
    </Section>
  );
}
