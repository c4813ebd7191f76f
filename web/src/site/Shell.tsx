/** What surrounds every page for a signed-in person: navigation, search, notices, account, and what may go wrong. */
import { MenuOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate } from "react-router";
import { useMe } from "@/ui/me";
import { Loading } from "@/ui/States";
import { useIsDesk } from "@/ui/useIsDesk";
import { Brand } from "@/ui/Brand";
import { Account } from "./Account";
import { Connection } from "./Connection";
import { Forbidden } from "./Forbidden";
import { Inside } from "./Inside";
import { useKeys, type KeyMap } from "./keys";
import { Navigation } from "./Navigation";
import { Notices } from "./Notices";
import { PLACES } from "./places";
import { SessionEnd } from "./SessionEnd";
import { StartProgress } from "./StartProgress";
import "./shell.css";

const menu = () => import("./CommandMenu");
const CommandMenu = lazy(menu);
const KeySheet = lazy(() => import("./KeySheet"));

const AHEAD_MS = 600;

type Sheet = "none" | "menu" | "keys";

/** Fetch the command menu once the first page stands: whoever presses Ctrl K types on at once. */
function useMenuAhead(): void {
  useEffect(() => {
    const timer = setTimeout(() => void menu(), AHEAD_MS);
    return () => clearTimeout(timer);
  }, []);
}

function useShellKeys(show: (sheet: Sheet) => void): void {
  const go = useNavigate();
  const me = useMe();
  const keys: KeyMap = { "mod+k": () => show("menu"), "/": () => show("menu"), "?": () => show("keys") };
  if (me.scopes.includes("campaigns:write")) keys["n"] = () => void go("/campaigns/new");
  for (const place of PLACES) if (place.key && me.scopes.includes(place.scope)) keys[`g ${place.key}`] = () => void go(place.to);
  useKeys(keys);
}

/** May the person see the place that this address belongs to? Addresses of no place are open to all. */
function useIsAllowed(): boolean {
  const { pathname } = useLocation();
  const me = useMe();
  const place = PLACES.find((one) => one.to !== "/" && (pathname === one.to || pathname.startsWith(`${one.to}/`)));
  return !place || me.scopes.includes(place.scope);
}

function SearchButton({ onClick, isShort }: { onClick: () => void; isShort?: boolean }) {
  const { t } = useTranslation("site");
  if (isShort) return <Button type="text" icon={<SearchOutlined aria-hidden />} aria-label={t("command.open")} onClick={onClick} />;
  return (
    <button type="button" className="search-button" onClick={onClick}>
      <SearchOutlined aria-hidden />
      <span>{t("command.short")}</span>
      <kbd aria-hidden>{"/"}</kbd>
    </button>
  );
}

function Desk({ onSearch }: { onSearch: () => void }) {
  return (
    <aside className="app-side">
      <div className="app-head">
        <Brand />
        <Notices />
      </div>
      <SearchButton onClick={onSearch} />
      <Navigation />
      <div className="app-foot">
        <StartProgress />
        <Account />
      </div>
    </aside>
  );
}

function Phone({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation("site");
  const [isOpen, setOpen] = useState(false);
  return (
    <header className="app-top">
      <Button type="text" icon={<MenuOutlined />} aria-label={t("nav.open")} onClick={() => setOpen(true)} />
      <Brand />
      <span className="app-top-space" />
      <SearchButton onClick={onSearch} isShort />
      <Notices />
      <Drawer placement="left" size={288} open={isOpen} onClose={() => setOpen(false)} title={<Brand />}>
        <Navigation onGo={() => setOpen(false)} />
        <div className="app-foot">
          <StartProgress onGo={() => setOpen(false)} />
          <Account />
        </div>
      </Drawer>
    </header>
  );
}

function Frame() {
  const { t } = useTranslation("site");
  const isDesk = useIsDesk();
  const [sheet, show] = useState<Sheet>("none");
  useShellKeys(show);
  useMenuAhead();
  const isAllowed = useIsAllowed();
  const search = () => show("menu");
  return (
    <div className="app">
      <a className="skip-link" href="#main">
        {t("skip")}
      </a>
      {isDesk ? <Desk onSearch={search} /> : <Phone onSearch={search} />}
      <main id="main" className="app-main" tabIndex={-1}>
        <Connection />
        <Suspense fallback={<Loading rows={8} />}>{isAllowed ? <Outlet /> : <Forbidden />}</Suspense>
      </main>
      <Suspense fallback={null}>
        {sheet === "menu" && <CommandMenu onClose={() => show("none")} showKeys={() => show("keys")} />}
        {sheet === "keys" && <KeySheet onClose={() => show("none")} />}
      </Suspense>
      <SessionEnd />
    </div>
  );
}

export function Shell() {
  return (
    <Inside>
      <Frame />
    </Inside>
  );
}
