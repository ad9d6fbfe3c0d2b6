// YASGUI on our endpoint alone: completers that ask outside services are off.
const Yasqe = Yasgui.Yasqe;
for (const name of Object.keys(Yasqe.Autocompleters ?? {}))
  if (!["prefixes", "variables"].includes(name)) delete Yasqe.Autocompleters[name];
if (Yasqe.Autocompleters?.prefixes) delete Yasqe.Autocompleters.prefixes; // asks prefix.cc
Yasqe.defaults.autocompleters = ["variables"];
Yasqe.defaults.value = `PREFIX iib: <urn:iibun:ns#>
PREFIX schema: <https://schema.org/>
SELECT ?claim ?title ?due WHERE {
  ?claim a iib:Prediction ; schema:name ?title .
  OPTIONAL { ?claim iib:dueEnd ?due }
} ORDER BY ?due LIMIT 100`;
new Yasgui(document.getElementById("yasgui"), {
  requestConfig: { endpoint: `${location.origin}/sparql` },
  endpointCatalogueOptions: { getData: () => [{ endpoint: `${location.origin}/sparql` }] },
  copyEndpointOnNewTab: true,
});
