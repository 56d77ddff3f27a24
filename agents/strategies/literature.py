"""What strategies follow: key -> reference. A strategy cites by key; a key that is not here is an error."""

LITERATURE = {
    "aghion1987": "Aghion, P. and P. Bolton (1987), Contracts as a barrier to entry, American Economic Review 77(3)",
    "anderson1992": (
        "Anderson, S., A. de Palma and J.-F. Thisse (1992), Discrete Choice Theory of Product Differentiation, MIT "
        "Press"
    ),
    "armstrong2006": "Armstrong, M. (2006), Competition in two-sided markets, RAND Journal of Economics 37(3)",
    "becker1968": "Becker, G. (1968), Crime and punishment: an economic approach, Journal of Political Economy 76(2)",
    "bolton1990": (
        "Bolton, P. and D. Scharfstein (1990), A theory of predation based on agency problems in financial "
        "contracting, American Economic Review 80(1)"
    ),
    "bork1978": "Bork, R. (1978), The Antitrust Paradox, Basic Books",
    "chone2014": (
        "Choné, P., S. Souam and A. Vialfont (2014), On the optimal use of commitment decisions under European "
        "competition law, International Review of Law and Economics 37"
    ),
    "easterbrook1984": "Easterbrook, F. (1984), The limits of antitrust, Texas Law Review 63(1)",
    "farrell2007": (
        "Farrell, J. and P. Klemperer (2007), Coordination and lock-in, Handbook of Industrial Organization 3"
    ),
    "gallego1994": (
        "Gallego, G. and G. van Ryzin (1994), Optimal dynamic pricing of inventories with stochastic demand over "
        "finite horizons, Management Science 40(8)"
    ),
    "hall1939": "Hall, R. and C. Hitch (1939), Price theory and business behaviour, Oxford Economic Papers 2",
    "hooke1961": (
        "Hooke, R. and T. Jeeves (1961), 'Direct search' solution of numerical and statistical problems, Journal of "
        "the ACM 8(2)"
    ),
    "kaplan2020": "Kaplan, J. et al. (2020), Scaling laws for neural language models, arXiv 2001.08361",
    "katz1985": (
        "Katz, M. and C. Shapiro (1985), Network externalities, competition, and compatibility, American Economic "
        "Review 75(3)"
    ),
    "klemperer1995": (
        "Klemperer, P. (1995), Competition when consumers have switching costs, Review of Economic Studies 62(4)"
    ),
    "kydland1977": (
        "Kydland, F. and E. Prescott (1977), Rules rather than discretion, Journal of Political Economy 85(3)"
    ),
    "nocke2018": (
        "Nocke, V. and N. Schutz (2018), Multiproduct-firm oligopoly: an aggregative games approach, Econometrica 86(2)"
    ),
    "rey2007": "Rey, P. and J. Tirole (2007), A primer on foreclosure, Handbook of Industrial Organization 3",
    "spence1981": "Spence, M. (1981), The learning curve and competition, Bell Journal of Economics 12(1)",
    "spengler1950": (
        "Spengler, J. (1950), Vertical integration and antitrust policy, Journal of Political Economy 58(4)"
    ),
    "sterman1989": (
        "Sterman, J. (1989), Modeling managerial behavior: misperceptions of feedback in a dynamic decision making "
        "experiment, Management Science 35(3)"
    ),
    "williamson1985": "Williamson, O. (1985), The Economic Institutions of Capitalism, Free Press",
}
