OC.L10N.register(
"hors_les_murs",
{
    "Regarder maintenant les agendas et carnets d'adresses reliés": "Look at the bound calendars and address books now",
    "Lister chaque collection, changée ou non": "List every collection, changed or not",
    "Montrer ce qui serait écrit, sans rien écrire": "Show what would be written, and write nothing",
    "Vérifier que tout marche, et dire quoi faire là où ce n'est pas le cas": "Check that everything works, and say what to do where it does not",
    "Retirer des agendas tout ce qui vient de nous, avant de désinstaller": "Take everything of ours out of the calendars, before uninstalling",
    "Le faire, au lieu de dire ce qui serait retiré": "Do it, instead of saying what would be taken out"
},
"nplurals=2; plural=(n != 1);");
