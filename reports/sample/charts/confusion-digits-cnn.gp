# Confusion of the baseline: digits-cnn
# Run in this folder: gnuplot confusion-digits-cnn.gp
set encoding utf8
cells = 'confusion-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 654,422 font 'DejaVu Sans,12' background '#ffffff'
set output 'confusion-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1308,844 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'confusion-digits-cnn.png'
}
reset
set lmargin at screen 0.10829; set rmargin at screen 0.96456; set bmargin at screen 0.22749; set tmargin at screen 0.81991
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Confusion of the baseline: digits-cnn' at screen 0.02446, screen 0.94787 left front font ',15' textcolor rgb '#000000'
set label 'rows of each true class by the answer they were given; blue is right' at screen 0.02446, screen 0.89573 left front font ',11' textcolor rgb '#555555'
set xrange [-0.5:9.5] noextend
set yrange [-9.5:0.5] noextend
set xtics ('0' 0, '1' 1, '2' 2, '3' 3, '4' 4, '5' 5, '6' 6, '7' 7, '8' 8, '9' 9) scale 0 font ',11'
set ytics ('0' 0, '1' -1, '2' -2, '3' -3, '4' -4, '5' -5, '6' -6, '7' -7, '8' -8, '9' -9) scale 0 font ',11'
unset grid
set xlabel 'answer' font ',11'
set ylabel 'true class' offset -1,0 font ',11'
set label '178' at screen 0.1511, screen 0.79028 center front font ',10' textcolor rgb '#111111'
set label '182' at screen 0.23673, screen 0.73104 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.23673, screen 0.6718 center front font ',10' textcolor rgb '#111111'
set label '175' at screen 0.32235, screen 0.6718 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.40798, screen 0.6718 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.23673, screen 0.61256 center front font ',10' textcolor rgb '#111111'
set label '182' at screen 0.40798, screen 0.61256 center front font ',10' textcolor rgb '#111111'
set label '181' at screen 0.49361, screen 0.55332 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.40798, screen 0.49408 center front font ',10' textcolor rgb '#111111'
set label '180' at screen 0.57924, screen 0.49408 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.92174, screen 0.49408 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.57924, screen 0.43483 center front font ',10' textcolor rgb '#111111'
set label '180' at screen 0.66486, screen 0.43483 center front font ',10' textcolor rgb '#111111'
set label '178' at screen 0.75049, screen 0.37559 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.92174, screen 0.37559 center front font ',10' textcolor rgb '#111111'
set label '173' at screen 0.83612, screen 0.31635 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.92174, screen 0.31635 center front font ',10' textcolor rgb '#111111'
set label '3' at screen 0.40798, screen 0.25711 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.57924, screen 0.25711 center front font ',10' textcolor rgb '#111111'
set label '1' at screen 0.83612, screen 0.25711 center front font ',10' textcolor rgb '#111111'
set label '175' at screen 0.92174, screen 0.25711 center front font ',10' textcolor rgb '#111111'
set label '' at screen 0.23388, screen 0.03791 front point pointtype 5 pointsize 1.0 linecolor rgb '#0072B2'
set label 'right, share of the class' at screen 0.25835, screen 0.03791 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.52899, screen 0.03791 front point pointtype 5 pointsize 1.0 linecolor rgb '#D55E00'
set label 'wrong, full where most frequent' at screen 0.55346, screen 0.03791 left front font ',11' textcolor rgb '#000000'
plot cells using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):3 with boxxyerror fillstyle solid 1 noborder linecolor rgb variable
unset output
}
