// Starts the query editor against this very site; nothing is loaded from anywhere else.
"use strict";
(function () {
  var place = document.getElementById("graphiql");
  // An absolute address: the fetcher builds a URL object from it.
  var fetcher = GraphiQL.createFetcher({ url: location.origin + place.dataset.endpoint });
  var example = document.getElementById("example");
  var text = example.content.textContent.trim() + "\n";
  var settings = { fetcher: fetcher, defaultQuery: text, defaultEditorToolsVisibility: true, shouldPersistHeaders: false };
  // An example asked for by name is opened even if the browser remembers other queries.
  if (place.dataset.example) settings.query = text;
  ReactDOM.createRoot(place).render(React.createElement(GraphiQL, settings));
})();
