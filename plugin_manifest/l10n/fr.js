OC.L10N.register(
"hors_les_murs",
{
    "Look at the bound calendars and address books now": "Regarder maintenant les agendas et carnets d'adresses reliés",
    "List every collection, changed or not": "Lister chaque collection, changée ou non",
    "Show what would be written, and write nothing": "Montrer ce qui serait écrit, sans rien écrire",
    "Check that everything works, and say what to do where it does not": "Vérifier que tout marche, et dire quoi faire là où ce n'est pas le cas",
    "Take everything of ours out of the calendars, before uninstalling": "Retirer des agendas tout ce qui vient de nous, avant de désinstaller",
    "Do it, instead of saying what would be taken out": "Le faire, au lieu de dire ce qui serait retiré"
},
"nplurals=2; plural=(n > 1);");
