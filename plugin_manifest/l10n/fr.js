OC.L10N.register(
"hors_les_murs",
{
    "Look at the bound calendars and address books now": "Regarder maintenant les agendas et carnets d'adresses reliés",
    "List every collection, changed or not": "Lister chaque collection, changée ou non",
    "Show what would be written, and write nothing": "Montrer ce qui serait écrit, sans rien écrire",
    "Check that everything works, and say what to do where it does not": "Vérifier que tout marche, et dire quoi faire là où ce n'est pas le cas"
},
"nplurals=2; plural=(n > 1);");
