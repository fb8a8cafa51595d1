// Starts the query editor against this very site; nothing is loaded from anywhere else.
"use strict";
(function () {
  var place = document.getElementById("graphiql");
  // An absolute address: the fetcher builds a URL object from it.
  var fetcher = GraphiQL.createFetcher({ url: location.origin + place.dataset.endpoint });
  var example = document.getElementById("example");
  ReactDOM.createRoot(place).render(
    React.createElement(GraphiQL, {
      fetcher: fetcher,
      defaultQuery: example ? example.content.textContent.trim() + "\n" : "",
      defaultEditorToolsVisibility: true,
      shouldPersistHeaders: false,
    })
  );
})();
