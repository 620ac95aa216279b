# Learning curve: pruned-80-tuned
# Run in this folder: gnuplot learning-digits-cnn-pruned-80-tuned.gp
set encoding utf8
curve1 = 'learning-digits-cnn-pruned-80-tuned-curve1.dat'
curve2 = 'learning-digits-cnn-pruned-80-tuned-curve2.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,596 font 'DejaVu Sans,12' background '#ffffff'
set output 'learning-digits-cnn-pruned-80-tuned.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1192 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'learning-digits-cnn-pruned-80-tuned.png'
}
reset
set lmargin at screen 0.08889; set rmargin at screen 0.97333; set bmargin at screen 0.1443; set tmargin at screen 0.85906
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Learning curve: pruned-80-tuned' at screen 0.01778, screen 0.96309 left front font ',15' textcolor rgb '#000000'
set label 'finetune epochs=5' at screen 0.01778, screen 0.92617 left front font ',11' textcolor rgb '#555555'
set label '' at screen 0.40648, screen 0.02685 front point pointtype 7 pointsize 0.8 linecolor rgb '#0072B2'
set label 'while training' at screen 0.42426, screen 0.02685 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.55407, screen 0.02685 front point pointtype 6 pointsize 0.8 linecolor rgb '#D55E00'
set label 'held-out rows' at screen 0.57184, screen 0.02685 left front font ',11' textcolor rgb '#000000'
set multiplot
set lmargin at screen 0.08889; set rmargin at screen 0.97333
set bmargin at screen 0.54027; set tmargin at screen 0.85906
set xrange [0.5:5.5] noextend
set xtics autofreq
unset xlabel
set ylabel 'loss' offset 0.5,0
set yrange [-0.0007675147682000647:0.17388558518720082] noextend
unset logscale y
set ytics ('0.00' -0.0, '0.05' 0.05, '0.10' 0.1, '0.15' 0.15000000000000002)
plot curve1 every :::0::0 using 1:2 with linespoints pointtype 7 pointsize 0.6 linewidth 1.6 linecolor rgb '#0072B2'
unset label
unset arrow
set lmargin at screen 0.08889; set rmargin at screen 0.97333
set bmargin at screen 0.1443; set tmargin at screen 0.46309
set xrange [0.5:5.5] noextend
set xtics autofreq
set xlabel 'epoch'
set ylabel 'accuracy, %' offset 0.5,0
set yrange [98.18561339202358:100.58498561399261] noextend
unset logscale y
set ytics ('98.5' 98.5, '99.0' 99.0, '99.5' 99.5, '100.0' 100.0, '100.5' 100.5)
plot curve2 every :::0::0 using 1:2 with linespoints pointtype 7 pointsize 0.6 linewidth 1.6 linecolor rgb '#0072B2'
unset multiplot
unset output
}
