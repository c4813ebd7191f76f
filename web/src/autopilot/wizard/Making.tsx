/** Make what is missing in place: the forms of the other packages in a drawer, loaded when first opened. */
import { Drawer } from "antd";
import { lazy, Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { Answer, Loading } from "@/ui/States";
import { useWizard } from "./context";

const OfferForm = lazy(() => import("@/content/OfferForm").then((module) => ({ default: module.OfferForm })));
const VariantEditor = lazy(() => import("@/content/VariantEditor").then((module) => ({ default: module.VariantEditor })));
const ChannelForm = lazy(() => import("@/delivery/ChannelForm").then((module) => ({ default: module.ChannelForm })));
const SavedVariantPreview = lazy(() => import("@/content/VariantPreview").then((module) => ({ default: module.SavedVariantPreview })));

export type Made = { what: "offer" } | { what: "channel" } | { what: "variant"; templateId: number } | { what: "look"; variantId: number; name: string };

interface Props {
  made: Made | undefined;
  onClose: () => void;
}

const WIDTHS: Record<Made["what"], number> = { offer: 520, channel: 560, look: 680, variant: 1080 };

export function MakingDrawer({ made, onClose }: Props) {
  const { t } = useTranslation("wizard");
  // keys: making.*
  const title = made === undefined ? "" : made.what === "look" ? made.name : t(`making.${made.what}`);
  return (
    <Drawer open={made !== undefined} onClose={onClose} title={title} size={made ? WIDTHS[made.what] : 520} destroyOnHidden>
      <Suspense fallback={<Loading rows={8} />}>{made && <Making made={made} onClose={onClose} />}</Suspense>
    </Drawer>
  );
}

function Making({ made, onClose }: { made: Made; onClose: () => void }): ReactNode {
  const { draft, spec, set, setMany } = useWizard();
  const { offers, variants } = spec.actions;
  switch (made.what) {
    case "offer":
      return (
        <OfferForm
          onCancel={onClose}
          onSaved={({ id }) => {
            set("actions.offers", [...offers, id].toSorted((a, b) => a - b));
            onClose();
          }}
        />
      );
    case "channel":
      return (
        <ChannelForm
          onSaved={() => {
            setMany([["name", draft.name]]); // asks the server again what is still missing
            void refresh("/api/channels");
            onClose();
          }}
        />
      );
    case "look":
      return <SavedVariantPreview id={made.variantId} />;
    case "variant":
      return (
        <OwnTemplate id={made.templateId}>
          {(template) => (
            <VariantEditor
              template={template}
              onSaved={({ id }) => {
                if (!variants.includes(id)) set("actions.variants", [...variants, id]);
                void refresh("/api/templates");
                onClose();
              }}
            />
          )}
        </OwnTemplate>
      );
  }
}

function OwnTemplate({ id, children }: { id: number; children: (template: { id: number; channel: string; purpose: string }) => ReactNode }) {
  const template = api.useQuery("get", "/api/templates/{template_id}", { params: { path: { template_id: id } } });
  return <Answer of={template}>{(found) => children(found)}</Answer>;
}
