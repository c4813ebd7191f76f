import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { useMe } from "@/ui/me";
import { useHasDemo } from "./demo";
import { GROUPS } from "./places";

/** The places that the person may see, in groups. */
export function Navigation({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation("site");
  const me = useMe();
  const hasDemo = useHasDemo();
  const groups = GROUPS.map((group) => ({
    ...group,
    places: group.places.filter((place) => me.scopes.includes(place.scope) && (!place.isDemo || hasDemo)),
  })).filter((group) => group.places.length > 0);
  return (
    <nav aria-label={t("nav.main")} className="app-nav">
      {groups.map(({ name, places }) => (
        <div key={name} className="app-nav-group">
          {name !== "work" && <div className="app-nav-title">{t(`group.${name}`)}</div>}
          {places.map((place) => (
            <NavLink key={place.to} to={place.to} end={place.to === "/"} onClick={onGo} className="app-nav-link">
              <span aria-hidden>{place.icon}</span>
              <span>{t(`nav.${place.name}`)}</span>
            </NavLink>
          ))}
        </div>
      ))}
    </nav>
  );
}
