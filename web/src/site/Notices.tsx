/** What happened while nobody looked: the bell and its list. */
import { BellOutlined } from "@ant-design/icons";
import { Badge, Button, Drawer } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { useMe } from "@/ui/me";
import { Answer, EmptyState } from "@/ui/States";
import "./notices.css";

type Notice = components["schemas"]["NoticeOut"];

const PAGES: Record<string, string> = { campaign: "/campaigns", import: "/imports", "demo-company": "/start" };

/** The page of a notice's subject: `campaign:5` is /campaigns/5. */
function addressOf(subject: string): string {
  const [kind = "", id] = subject.split(":");
  const page = PAGES[kind] ?? "/";
  return id && page !== "/start" ? `${page}/${id}` : page;
}

function NoticeRow({ notice, onGo }: { notice: Notice; onGo: () => void }) {
  const { t } = useTranslation("site");
  const { moment } = useFormats();
  return (
    <li className={notice.unread ? "notice notice-unread" : "notice"}>
      <Link to={addressOf(notice.subject)} onClick={onGo}>
        {t(`notice.${notice.kind}`, notice.data as Record<string, string>)}
      </Link>
      <time dateTime={notice.at}>{moment(notice.at)}</time>
    </li>
  );
}

function NoticeList({ onGo }: { onGo: () => void }) {
  const { t } = useTranslation("site");
  const found = api.useQuery("get", "/api/notices", { params: { query: { limit: 50 } } });
  const { mutate } = api.useMutation("post", "/api/notices/read", { onSuccess: () => void refresh("/api/me") });
  const hasUnread = (found.data?.unread ?? 0) > 0;
  useEffect(() => {
    if (hasUnread) mutate({});
  }, [hasUnread, mutate]);
  return (
    <Answer of={found}>
      {({ items }) =>
        items.length === 0 ? (
          <EmptyState title={t("notice.none")}>{t("notice.noneText")}</EmptyState>
        ) : (
          <ul className="notices">
            {items.map((notice) => (
              <NoticeRow key={notice.id} notice={notice} onGo={onGo} />
            ))}
          </ul>
        )
      }
    </Answer>
  );
}

export function Notices() {
  const { t } = useTranslation("site");
  const unread = useMe().unread_notices;
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Badge count={unread} size="small" overflowCount={98} offset={[-7, 7]} title="">
        <Button type="text" icon={<BellOutlined />} aria-label={t("notice.open", { count: unread })} onClick={() => setOpen(true)} />
      </Badge>
      <Drawer title={t("notice.title")} open={isOpen} onClose={() => setOpen(false)} destroyOnHidden>
        <NoticeList onGo={() => setOpen(false)} />
      </Drawer>
    </>
  );
}
