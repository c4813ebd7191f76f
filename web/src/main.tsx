import { createRoot } from "react-dom/client";
import { App } from "@/site/App";
import { startLanguages } from "@/ui/i18n";
import "@/ui/base.css";

const root = document.getElementById("root");
if (root) void startLanguages().then(() => createRoot(root).render(<App />));
